import type { FormatReader, Item } from './reader.ts';
import { textOf } from './text.ts';

const sampleItems = 1000;
const sampleCharacters = 4 * 1024 * 1024;

/** All items of a file, some at a time. The reader has learnt from the first thousand (or 4 MiB) before any comes out. */
export async function* itemsOf(reader: FormatReader, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Item[]> {
  let sample: Item[] | undefined = [];
  let characters = 0;
  for await (const text of textOf(bytes, reader.boundary)) {
    const items = reader.split(text, false);
    if (sample === undefined) {
      yield items;
      continue;
    }
    sample = sample.concat(items);
    characters += text.length;
    if (sample.length < sampleItems && characters < sampleCharacters) continue;
    reader.learn(sample.slice(0, sampleItems));
    yield sample;
    sample = undefined;
  }
  const items = (sample ?? []).concat(reader.split('', true));
  if (sample !== undefined) reader.learn(items.slice(0, sampleItems));
  yield items;
}
