import { parse } from 'node:path';
import { z } from 'zod';
import { type ConnectorContext, defineConnector, syncModes } from '../connector/connector.ts';
import { SourceFailure } from '../connector/failures.ts';
import { field, secret } from '../connector/field.ts';
import { createReader, detectFormat, formats, type KnownFormat } from './files/format.ts';
import { itemsOf } from './files/items.ts';
import { type HttpCredentials, openHttp } from './files/open-http.ts';
import { openLocal } from './files/open-local.ts';
import type { OpenedFile } from './files/opened-file.ts';
import { resume } from './files/progress.ts';
import { readItems } from './files/read.ts';
import type { FormatReader, Item } from './files/reader.ts';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'Give a URL that begins with http:// or https://.' })
  .refine((url) => !URL.parse(url)?.username && !URL.parse(url)?.password, 'Leave user name and password out of the URL; they are credentials.');

const configSchema = z
  .object({
    path: field(z.string().min(1).max(4096).optional(), {
      title: 'Path',
      description: 'A local file inside the folder that files may be read from; give this or a URL.',
      examples: ['customers.csv'],
    }),
    url: field(httpUrl.optional(), { title: 'URL', description: 'A file on a web server; give this or a path.', target: true }),
    format: field(z.enum(formats).default('auto'), {
      title: 'Format',
      description: 'What the file holds; "auto" tells by its name, its content type or its first bytes.',
    }),
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), { path: ['path'], message: 'Give either a path or a URL.' });

const credentialSchemas = {
  NONE: z.object({}),
  CREDENTIALS: z.object({
    username: field(z.string().min(1), { title: 'User name', description: 'For basic authentication with the web server.' }),
    password: secret(z.string(), { title: 'Password', description: 'For basic authentication with the web server.' }),
  }),
  API_KEY: z.object({ token: secret(z.string().min(1), { title: 'Token', description: 'Sent to the web server as a bearer token.' }) }),
};

type Context = ConnectorContext<z.output<typeof configSchema>, HttpCredentials>;

export const files = defineConnector({
  shortName: 'files',
  name: 'Files',
  description: 'Reads a CSV, TSV, NDJSON or JSON file, local or from a web server.',
  labels: ['files'],
  configSchema,
  credentialSchemas,
  supportedSyncModes: syncModes,

  async check(context, step) {
    let opened: OpenedFile | undefined;
    try {
      await step(context.config.url === undefined ? 'Open the file' : 'Request the file', async () => {
        opened = await openFile(context);
      });
      await step('Read the first records', async () => {
        const { reader, format, items } = await sampleOf(context, opened as OpenedFile);
        return { message: sampleMessage(reader, format, items), details: { format } };
      });
    } finally {
      await opened?.close();
    }
  },

  async discover(context) {
    const file = await openFile(context);
    try {
      const { reader } = await sampleOf(context, file);
      return [
        {
          name: streamName(file),
          namespace: null,
          jsonSchema: reader.schema(),
          supportedSyncModes: syncModes,
          defaultCursorField: null,
          sourceDefinedPrimaryKey: [],
          estimatedRecordCount: null,
        },
      ];
    } finally {
      await file.close();
    }
  },

  async *read(context, streams) {
    for (const stream of streams) {
      const file = await openFile(context);
      try {
        if (stream.name !== streamName(file) || stream.namespace !== null) {
          const failure = new SourceFailure('CONFIG', `There is no stream ${stream.name}: the file's is called ${streamName(file)}.`);
          yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure };
          continue;
        }
        yield { type: 'STREAM_STATUS', stream, status: 'RUNNING' };
        const progress = resume(stream, file.version);
        if (!progress.complete) {
          const { format, bytes } = await detectFormat(context.config.format, file);
          yield* readItems(stream, createReader(format), bytes, progress);
        }
        yield { type: 'STREAM_STATUS', stream, status: 'COMPLETE' };
      } finally {
        await file.close();
      }
    }
  },
});

function openFile(context: Context): Promise<OpenedFile> {
  const { config, credentials, dial, signal } = context;
  return config.url === undefined ? openLocal(config.path ?? '', context, signal) : openHttp(config.url, credentials, dial, signal);
}

function streamName(file: OpenedFile): string {
  return parse(file.fileName).name;
}

interface Sample {
  readonly reader: FormatReader;
  readonly format: KnownFormat;
  readonly items: readonly Item[];
}

/** The first records, from which the reader has learnt. */
async function sampleOf({ config }: Context, file: OpenedFile): Promise<Sample> {
  const { format, bytes } = await detectFormat(config.format, file);
  const reader = createReader(format);
  for await (const items of itemsOf(reader, bytes)) return { reader, format, items: items.slice(0, 1000) };
  return { reader, format, items: [] };
}

/** @throws SourceFailure CONFIG when not one record can be read */
function sampleMessage(reader: FormatReader, format: KnownFormat, items: readonly Item[]): string {
  const stream = {
    name: '',
    namespace: null,
    syncMode: 'FULL_REFRESH_OVERWRITE',
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    state: null,
  } as const;
  const problems = items.flatMap((item) => {
    const record = item.broken === null ? reader.encode(stream, item) : { rejected: item.broken };
    return 'rejected' in record ? [`${reader.unit} ${item.place}: ${record.rejected}`] : [];
  });
  if (problems.length === 0) return `The first ${items.length} records are sound ${format}.`;
  if (problems.length === items.length) throw new SourceFailure('CONFIG', `No record can be read as ${format}; ${problems[0]}.`);
  return `Of the first ${items.length} records ${problems.length} will be rejected; ${problems[0]}.`;
}
