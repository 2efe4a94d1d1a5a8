import { z } from 'zod';
import type { JsonObject, StreamToRead } from '../../connector/connector.ts';
import { quote } from '../../connector/encode.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { EncodedRecord, Message } from '../../connector/messages.ts';
import type { Input } from './inputs.ts';
import { readFile } from './read-file.ts';
import type { FilesContext } from './settings.ts';

/** Where a record of a merged stream comes from: the path of its file from the root. */
const fileField = '_file';

const recordsPerState = 10_000;
const msPerState = 1000;

/** How far each file is read. */
const mergedState = z.object({ files: z.record(z.string(), z.record(z.string(), z.json())) });

/** Reads files one after the other as one stream. Those that have not changed since they were read are passed over; those that are gone are forgotten. */
export async function* readMerged(context: FilesContext, stream: StreamToRead, files: readonly Input[]): AsyncGenerator<Message> {
  const known = mergedState.safeParse(stream.state).data?.files ?? {};
  const states = new Map<string, JsonObject>(files.flatMap(({ path }) => (Object.hasOwn(known, path) ? [[path, known[path] as JsonObject]] : [])));
  const primaryKey = stream.primaryKey.filter((path) => !isFileField(path));
  let records = 0;
  let savedAt = performance.now();
  for (const file of files) {
    const { path } = file;
    const addFile = createAddFile(stream, path);
    try {
      for await (const message of readFile(context, { ...stream, primaryKey, state: states.get(path) ?? null }, file)) {
        if (message.type === 'STATE') {
          states.set(path, message.state);
          // Each state names all files, so it is not sent after each small one.
          if (records < recordsPerState && performance.now() - savedAt < msPerState) continue;
          yield { type: 'STATE', stream, state: { files: Object.fromEntries(states) } };
          records = 0;
          savedAt = performance.now();
        } else if (message.type === 'RECORDS') {
          records += message.records.length;
          yield { type: 'RECORDS', stream, records: message.records.map(addFile) };
        } else if (message.type === 'REJECTED') yield { type: 'REJECTED', stream, reason: `${path}, ${message.reason}` };
      }
    } catch (error) {
      throw error instanceof SourceFailure ? new SourceFailure(error.type, `${path}: ${error.message}`, { cause: error }) : error;
    }
  }
  yield { type: 'STATE', stream, state: { files: Object.fromEntries(states) } };
}

const isFileField = (path: readonly string[]): boolean => path.length === 1 && path[0] === fileField;

function createAddFile({ primaryKey, selectedFields }: StreamToRead, path: string): (record: EncodedRecord) => EncodedRecord {
  const field = `${quote(fileField)}:${quote(path)}`;
  const isSelected = selectedFields === null || selectedFields.includes(fileField);
  const isInKey = primaryKey.some(isFileField);

  return ({ key, json }) => {
    let rest = key ?? [];
    const fullKey = isInKey
      ? primaryKey.map((each) => {
          if (isFileField(each)) return path;
          const [first = '', ...others] = rest;
          rest = others;
          return first;
        })
      : key;
    if (!isSelected) return { key: fullKey, json };
    // A file may have a field of that name; ours is the one that can be relied on.
    const clean = json.includes(`"${fileField}"`) ? withoutField(json) : json;
    return { key: fullKey, json: clean === '{}' ? `{${field}}` : `{${field},${clean.slice(1)}` };
  };
}

function withoutField(json: string): string {
  const { [fileField]: _own, ...others } = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(others);
}

/** A schema that the records of all files match. */
export function mergeSchemas(schemas: readonly JsonObject[]): JsonObject {
  const properties = new Map<string, JsonObject>([[fileField, { type: 'string' }]]);
  for (const schema of schemas) {
    for (const [name, property] of Object.entries(schema['properties'] as Record<string, JsonObject>)) {
      const other = properties.get(name);
      if (name !== fileField) properties.set(name, other ? either(other, property) : property);
    }
  }
  return { type: 'object', properties: Object.fromEntries(properties) };
}

function either(one: JsonObject, other: JsonObject): JsonObject {
  if (JSON.stringify(one) === JSON.stringify(other)) return one;
  const types = [one['type'], other['type']];
  return types.includes(undefined) ? {} : { type: [...new Set(types.flat())] as string[] };
}
