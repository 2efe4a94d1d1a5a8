import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthMethod, JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import { files } from '../../src/connectors/files.ts';
import { contextFor } from './connector-contract.ts';

export interface FileReading {
  readonly keys: (readonly string[] | null)[];
  readonly json: string[];
  readonly rejected: string[];
  readonly states: JsonObject[];
  readonly ends: string[];
  failure: unknown;
}

export interface FileInput {
  readonly config: JsonObject;
  readonly filesRoot?: string;
  readonly authMethod?: AuthMethod;
  readonly credentials?: JsonObject;
  readonly signal?: AbortSignal;
  /** Breaks the reading off after so many STATEs. */
  readonly stopAfterStates?: number;
}

export function fileStream(name: string, changes: Partial<StreamToRead> = {}): StreamToRead {
  return {
    name,
    namespace: null,
    syncMode: 'FULL_REFRESH_OVERWRITE',
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    state: null,
    ...changes,
  };
}

export function fileContext({ filesRoot, signal, ...input }: FileInput) {
  return contextFor({ connector: files, ...(filesRoot === undefined ? {} : { filesRoot }) }, input, signal);
}

/** Everything that reading yields, and how it ended. */
export async function readFileStream(input: FileInput, stream: StreamToRead): Promise<FileReading> {
  const reading: FileReading = { keys: [], json: [], rejected: [], states: [], ends: [], failure: undefined };
  try {
    for await (const message of files.read(fileContext(input), [stream])) {
      if (message.type === 'RECORDS') {
        for (const { key, json } of message.records) {
          reading.keys.push(key);
          reading.json.push(json);
        }
      } else if (message.type === 'REJECTED') reading.rejected.push(message.reason);
      else if (message.type === 'STREAM_STATUS' && message.status !== 'RUNNING') reading.ends.push(message.status);
      else if (message.type === 'STATE') reading.states.push(JSON.parse(JSON.stringify(message.state)) as JsonObject);
      if (reading.states.length === input.stopAfterStates) break;
    }
  } catch (error) {
    reading.failure = error;
  }
  return reading;
}

export function parsed(reading: FileReading): Record<string, unknown>[] {
  if (reading.failure) throw reading.failure;
  return reading.json.map((json) => JSON.parse(json) as Record<string, unknown>);
}

/** A folder of its own for files that are written to be read. */
export function fileFolder() {
  const filesRoot = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-files-')));
  let written = 0;
  const write = (extension: string, content: string | Buffer) => {
    const name = `file${++written}`;
    writeFileSync(join(filesRoot, `${name}.${extension}`), content);
    return { name, input: { config: { path: `${name}.${extension}` }, filesRoot } };
  };
  return {
    read(extension: string, content: string | Buffer, changes: Partial<StreamToRead> = {}): Promise<FileReading> {
      const { name, input } = write(extension, content);
      return readFileStream(input, fileStream(name, changes));
    },
    /** The properties of the schema that is discovered. */
    async discoverText(extension: string, content: string): Promise<JsonObject> {
      const [stream] = await files.discover(fileContext(write(extension, content).input));
      return stream?.jsonSchema['properties'] as JsonObject;
    },
    remove: () => rmSync(filesRoot, { recursive: true }),
  };
}
