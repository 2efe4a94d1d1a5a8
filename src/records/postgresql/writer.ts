import type { OpenWriter, RecordWriter, StreamBatch } from '../store.ts';
import { refKey } from '../stream-rules.ts';
import { applyBatch } from './checkpoint.ts';
import { claimSequence } from './claim.ts';
import type { RecordDatabase } from './database.ts';
import { progressOf } from './progress.ts';
import { removeUncovered } from './remove-uncovered.ts';
import { loadStreams, type StreamRow, saveStreams } from './stream-row.ts';
import { takeOver } from './take-over.ts';

export async function openPostgresWriter(database: RecordDatabase, input: OpenWriter): Promise<RecordWriter> {
  const wanted = new Set(input.streams.map(refKey));
  const right = await takeOver(database, input);
  const opened = await removeUncovered(database, right, (stream) => wanted.has(refKey(stream)));

  return {
    progress: progressOf(opened.sequence, opened.streams, input.streams),
    checkpoint: (batches: readonly StreamBatch[]) =>
      database.writing(async (tx) => {
        const sequence = await claimSequence(tx, right);
        const rows = await loadStreams(tx, input);
        const byRef = new Map(rows.map((row) => [refKey(row), row]));
        const changed = new Set<StreamRow>();
        const syncedAt = Date.now();
        for (const batch of batches) {
          const key = refKey(batch.stream);
          const row = byRef.get(key);
          if (!row || !wanted.has(key)) throw new Error(`the writer was not opened for stream ${batch.stream.name}`);
          await applyBatch(tx, row, batch, syncedAt);
          changed.add(row);
        }
        await saveStreams(tx, [...changed]);
        return progressOf(sequence, rows, input.streams);
      }),
    async close() {},
  };
}
