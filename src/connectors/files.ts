import { type CheckStep, type DiscoveredStream, defineConnector, type StreamToRead, syncModes } from '../connector/connector.ts';
import { SourceFailure } from '../connector/failures.ts';
import type { Message } from '../connector/messages.ts';
import { isGlob } from './files/find-files.ts';
import { type FileStream, listFileStreams } from './files/inputs.ts';
import { mergeSchemas, readMerged } from './files/merged.ts';
import type { OpenedFile } from './files/opened-file.ts';
import { readFile } from './files/read-file.ts';
import { type Sample, sampleOf } from './files/sample.ts';
import { configSchema, credentialSchemas, type FilesContext } from './files/settings.ts';

/** Of a merged stream so many files are looked into, for its schema. */
const sampledFiles = 20;

export const files = defineConnector({
  shortName: 'files',
  name: 'Files',
  description: 'Reads CSV, TSV, NDJSON, JSON or Parquet, local files or one from a web server, also compressed with gzip.',
  labels: ['files'],
  configSchema,
  credentialSchemas,
  supportedSyncModes: syncModes,
  check,
  discover,
  read,
});

async function check(context: FilesContext, step: CheckStep): Promise<void> {
  let streams: readonly FileStream[] = [];
  let opened: OpenedFile | undefined;
  const find = async () => {
    streams = await listFileStreams(context);
    const count = streams.reduce((sum, stream) => sum + stream.files.length, 0);
    return { message: `${count} ${count === 1 ? 'file matches' : 'files match'}.`, details: { files: count } };
  };
  const { path, url } = context.config;
  if (path !== undefined && (await isGlob(path, context))) await step('Find the files', find);
  else await find();
  try {
    const first = streams[0]?.files[0];
    await step(url === undefined ? 'Open the file' : 'Request the file', async () => {
      opened = await first?.open();
    });
    await step('Read the first records', async () => {
      const sample = await sampleOf(context, opened as OpenedFile);
      return { message: sample.describe(), details: { format: sample.format } };
    });
  } finally {
    await opened?.close();
  }
}

async function discover(context: FilesContext): Promise<DiscoveredStream[]> {
  const found: DiscoveredStream[] = [];
  const streams = await listFileStreams(context);
  for (const stream of streams) {
    try {
      found.push(await describe(context, stream));
    } catch (error) {
      if (streams.length === 1 || !(error instanceof SourceFailure) || error.type !== 'CONFIG') throw error;
      context.log('WARN', `${stream.name} is left out. ${error.message}`);
    }
  }
  return found;
}

async function describe(context: FilesContext, { name, files: inputs, isMerged }: FileStream): Promise<DiscoveredStream> {
  const samples: Sample[] = [];
  for (const input of inputs.slice(0, sampledFiles)) {
    const file = await input.open();
    try {
      samples.push(await sampleOf(context, file));
    } catch (error) {
      throw error instanceof SourceFailure && inputs.length > 1
        ? new SourceFailure(error.type, `${input.path}: ${error.message}`, { cause: error })
        : error;
    } finally {
      await file.close();
    }
  }
  const counts = samples.map(({ recordCount }) => recordCount);
  const isCounted = samples.length === inputs.length && !counts.includes(null);
  return {
    name,
    namespace: null,
    jsonSchema: isMerged ? mergeSchemas(samples.map(({ schema }) => schema)) : (samples[0] as Sample).schema,
    supportedSyncModes: syncModes,
    defaultCursorField: null,
    sourceDefinedPrimaryKey: [],
    estimatedRecordCount: isCounted ? counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) : null,
  };
}

async function* read(context: FilesContext, streams: readonly StreamToRead[]): AsyncGenerator<Message> {
  const offered = await listFileStreams(context);
  for (const stream of streams) {
    const found = offered.find(({ name }) => name === stream.name && stream.namespace === null);
    if (!found) {
      yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure: noSuchStream(stream.name, offered) };
      continue;
    }
    yield { type: 'STREAM_STATUS', stream, status: 'RUNNING' };
    try {
      if (found.isMerged) yield* readMerged(context, stream, found.files);
      else for (const file of found.files) yield* readFile(context, stream, file);
    } catch (error) {
      // Where there are other streams, they are read all the same.
      if (!(error instanceof SourceFailure) || error.type !== 'CONFIG' || offered.length === 1) throw error;
      yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure: error };
      continue;
    }
    yield { type: 'STREAM_STATUS', stream, status: 'COMPLETE' };
  }
}

function noSuchStream(name: string, offered: readonly FileStream[]): SourceFailure {
  const [only] = offered;
  const what = offered.length === 1 && only ? `the file's is called ${only.name}` : 'no file that matches is called so';
  return new SourceFailure('CONFIG', `There is no stream ${name}: ${what}.`);
}
