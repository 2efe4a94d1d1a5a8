import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { JsonObject, StreamRef } from '../connector/connector.ts';
import { CommandError } from './command.ts';
import { readText } from './target.ts';

const StreamState = z.object({
  type: z.literal('STREAM'),
  stream: z.object({
    stream_descriptor: z.object({ name: z.string(), namespace: z.string().nullish() }),
    stream_state: z.record(z.string(), z.json()),
  }),
});
const Line = z.union([z.object({ type: z.literal('STATE'), state: StreamState }).transform(({ state }) => state), StreamState]);

export interface States {
  /** The last one of the stream, `null` when there is none. */
  of(ref: StreamRef): JsonObject | null;
}

export const noStates: States = { of: () => null };

const keyOf = ({ namespace, name }: StreamRef) => JSON.stringify([namespace, name]);

/** Reads what `read` has printed, all of it or its STATE lines, or a JSON array of states as Airbyte keeps them. @throws CommandError */
export async function readStates(path: string): Promise<States> {
  const states = new Map<string, JsonObject>();
  for await (const message of messagesOf(path)) {
    const { data } = Line.safeParse(message);
    if (!data) continue;
    const { stream_descriptor, stream_state } = data.stream;
    states.set(keyOf({ name: stream_descriptor.name, namespace: stream_descriptor.namespace ?? null }), stream_state);
  }
  if (states.size === 0) throw new CommandError(`The file ${path} has no state of a stream in it.`);
  return { of: (ref) => states.get(keyOf(ref)) ?? null };
}

async function* messagesOf(path: string): AsyncGenerator<unknown> {
  let isArray: boolean | undefined;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      isArray ??= line.trimStart().startsWith('[');
      if (isArray) break;
      // The end of a run that was killed may be half a line.
      yield parse(line);
    }
  } catch (error) {
    throw new CommandError(`The file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  if (!isArray) return;
  const array = parse(await readText(path));
  if (!Array.isArray(array)) throw new CommandError(`The file ${path} is not JSON.`);
  yield* array;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
