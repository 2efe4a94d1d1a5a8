import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { FencedOutError } from '../store.ts';
import type { RecordFile } from './file.ts';
import { writing } from './lock.ts';
import { generationById, streamById } from './stream-row.ts';

const rowsPerTransaction = 5_000;

/**
 * Removes what was appended after the last STATE, for it will be read again and nothing would tell the two apart.
 * Broken off in the middle, the next opening goes on. The row numbers are not given out again.
 */
export async function removeUncovered(file: RecordFile, streamId: number, holdsRight: () => boolean): Promise<void> {
  let more = true;
  while (more) {
    more = await writing(file, () => {
      if (!holdsRight()) throw new FencedOutError();
      return removeSome(file, streamId);
    });
    if (more) await yieldToOthers();
  }
}

function removeSome(file: RecordFile, streamId: number): boolean {
  const { building, visible, complete } = streamById(file, streamId);
  const target = building ?? visible;
  if (target === null || complete) return false;
  const { id, key_parts, state_row, last_row } = generationById(file, target);
  if (key_parts > 0 || last_row === state_row) return false;
  const removed = file
    .statement(`delete from record_${id} where id in (select id from record_${id} where id > ? limit ${rowsPerTransaction})`)
    .run(state_row).changes;
  file.statement('update generation set record_count = record_count - ? where id = ?').run(removed, id);
  return removed === rowsPerTransaction;
}
