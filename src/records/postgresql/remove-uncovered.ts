import { holdRight, type Right } from './claim.ts';
import type { RecordDatabase, Transaction } from './database.ts';
import { deleteRows } from './delete-rows.ts';
import { placeOfRecords } from './schema.ts';
import { loadStreams, type StreamRow, saveStreams } from './stream-row.ts';

const rowsPerTransaction = 20_000;

/**
 * Removes what was appended after the last STATE, for it will be read again and nothing would tell the two apart. Broken off in the middle,
 * the next opening goes on. The row numbers are not given out again. Returns what there is afterwards.
 */
export async function removeUncovered(
  database: RecordDatabase,
  right: Right,
  isWanted: (stream: StreamRow) => boolean,
): Promise<{ sequence: number; streams: StreamRow[] }> {
  for (;;) {
    const left = await database.writing(async (tx) => {
      const sequence = await holdRight(tx, right);
      const streams = await loadStreams(tx, right);
      const stream = streams.find((each) => isWanted(each) && hasUncovered(each));
      if (!stream) return { sequence, streams };
      await removeSome(tx, stream);
      return undefined;
    });
    if (left) return left;
  }
}

function hasUncovered({ building, visible, complete }: StreamRow): boolean {
  const target = building ?? visible;
  return target !== null && !complete && target.key_parts === 0 && target.last_row > target.state_row;
}

async function removeSome(tx: Transaction, stream: StreamRow): Promise<void> {
  const target = stream.building ?? stream.visible;
  if (!target) return;
  const count = await deleteRows(tx, placeOfRecords(tx.schema, target), target.state_row, rowsPerTransaction);
  target.record_count -= count;
  // Nothing is left beyond it.
  if (count < rowsPerTransaction) target.state_row = target.last_row;
  await saveStreams(tx, [stream]);
}
