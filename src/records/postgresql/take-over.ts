import type { OpenWriter } from '../store.ts';
import type { Right } from './claim.ts';
import type { RecordDatabase, Transaction } from './database.ts';
import { hasCode, lockNotAvailable } from './failure.ts';
import { openStreams } from './open-streams.ts';

/** A checkpoint takes a second or two. */
const patienceMs = 5_000;
const attempts = 4;

/**
 * Takes the right to write from whoever has it. A worker that was stopped while it sent the records of a checkpoint holds its lock for as long
 * as it is: no timeout of the server ends that, so its connection is ended from here. Its checkpoint is rolled back, and it would have been
 * fenced out anyway.
 */
export async function takeOver(database: RecordDatabase, input: OpenWriter): Promise<Right> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.writing((tx) => openStreams(tx, input), patienceMs);
    } catch (error) {
      if (attempt === attempts || !hasCode(error, lockNotAvailable)) throw error;
    }
    await database.writing((tx) => endFormer(tx, input));
  }
}

/** Every user may end connections of the same user. Nobody has to wait for a lock to see who holds it: `xmax` names the transaction. */
async function endFormer(tx: Transaction, { collection, sourceConnectionId }: OpenWriter): Promise<void> {
  await tx.rows(
    `select pg_terminate_backend(l.pid) from ${tx.schema}.writer w join pg_locks l on l.transactionid = w.xmax
     where w.collection_id = $1 and w.source_connection_id = $2 and l.locktype = 'transactionid' and l.granted`,
    [collection.id, sourceConnectionId],
  );
}
