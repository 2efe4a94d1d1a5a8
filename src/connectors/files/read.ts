import type { StreamToRead } from '../../connector/connector.ts';
import type { EncodedRecord, Message } from '../../connector/messages.ts';
import { itemsOf } from './items.ts';
import { advance, type Progress, toState } from './progress.ts';
import type { FormatReader, Item } from './reader.ts';

const mostRecords = 5000;
const mostCharacters = 2 * 1024 * 1024;
const itemsPerState = 10_000;
const msPerState = 1000;

/** Reads a file as one stream, from where `progress` stands to the end. */
export async function* readItems(
  stream: StreamToRead,
  reader: FormatReader,
  bytes: AsyncIterable<Uint8Array>,
  progress: Progress,
): AsyncGenerator<Message> {
  let skip = progress.position;
  let saved = progress.position;
  let savedAt = performance.now();
  for await (const items of itemsOf(reader, bytes)) {
    const rest = skip > 0 ? items.slice(skip) : items;
    skip = Math.max(0, skip - items.length);
    yield* messagesOf(stream, reader, rest, progress);
    progress.position += rest.length;
    if (progress.position - saved >= itemsPerState || (progress.position > saved && performance.now() - savedAt >= msPerState)) {
      yield { type: 'STATE', stream, state: toState(progress) };
      saved = progress.position;
      savedAt = performance.now();
    }
  }
  progress.complete = true;
  yield { type: 'STATE', stream, state: toState(progress) };
}

function* messagesOf(stream: StreamToRead, reader: FormatReader, items: readonly Item[], progress: Progress): Generator<Message> {
  let records: EncodedRecord[] = [];
  let characters = 0;
  for (const item of items) {
    if (item.broken !== null) {
      yield { type: 'REJECTED', stream, reason: `${reader.unit} ${item.place}: ${item.broken}` };
      continue;
    }
    if (progress.cursorField !== null && !advance(progress, reader.cursorOf(progress.cursorField, item))) continue;
    const record = reader.encode(stream, item);
    if ('rejected' in record) {
      yield { type: 'REJECTED', stream, reason: `${reader.unit} ${item.place}: ${record.rejected}` };
      continue;
    }
    records.push(record);
    characters += record.json.length;
    if (records.length >= mostRecords || characters >= mostCharacters) {
      yield { type: 'RECORDS', stream, records };
      records = [];
      characters = 0;
    }
  }
  if (records.length > 0) yield { type: 'RECORDS', stream, records };
}
