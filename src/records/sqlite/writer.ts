import type { OpenWriter, RecordWriter, StreamBatch } from '../store.ts';
import { refKey } from '../stream-rules.ts';
import { applyBatch, claimSequence, type Right } from './checkpoint.ts';
import type { RecordFiles } from './files.ts';
import { whenUnlocked, writing } from './lock.ts';
import { openStreams } from './open-streams.ts';
import { readProgress } from './progress.ts';
import { removeUncovered } from './remove-uncovered.ts';

export async function openSqliteWriter(files: RecordFiles, input: OpenWriter): Promise<RecordWriter> {
  const { file, release } = await whenUnlocked(() => files.hold(input.collection));
  const { sourceConnectionId, jobId } = input;
  const read = () => readProgress(file, sourceConnectionId, input.streams);

  function holds(right: Right): boolean {
    const sql = 'select 1 from writer where source_connection_id = ? and job_id = ? and epoch = ?';
    return file.statement(sql).get(sourceConnectionId, jobId, right.epoch) !== undefined;
  }

  async function checkpoint(right: Right, streamIds: Map<string, number>, batches: readonly StreamBatch[]) {
    return writing(file, () => {
      claimSequence(file, right);
      const syncedAt = Date.now();
      for (const batch of batches) {
        const id = streamIds.get(refKey(batch.stream));
        if (id === undefined) throw new Error(`the writer was not opened for stream ${batch.stream.name}`);
        applyBatch(file, id, batch, syncedAt);
      }
      return read();
    });
  }

  try {
    const { epoch, streamIds } = await writing(file, () => openStreams(file, input));
    const right = { sourceConnectionId, jobId, epoch };
    for (const id of streamIds.values()) await removeUncovered(file, id, () => holds(right));
    const progress = await whenUnlocked(read);
    return {
      progress,
      checkpoint: (batches) => checkpoint(right, streamIds, batches),
      async close() {
        release();
        // The cache of a big sync is worth keeping only as long as the sync.
        if (file.db.open) file.db.pragma('shrink_memory');
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
