import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordFile } from './file.ts';
import { writing } from './lock.ts';

const rowsPerTransaction = 2_000;

/** Deletes the generations that no stream points at. Broken off at any moment, the next sweep goes on. */
export async function sweepFile(file: RecordFile, signal: AbortSignal): Promise<void> {
  let more = true;
  while (more && !signal.aborted) {
    const started = performance.now();
    more = await writing(file, () => sweepSome(file));
    // As long a pause as the lock was held: whoever waits for it polls, and must find it free.
    await sleep(performance.now() - started + 1);
  }
}

function sweepSome(file: RecordFile): boolean {
  const garbage = file
    .statement<{ id: number }>(
      `select id from generation where id not in
       (select visible from stream where visible is not null union all select building from stream where building is not null) limit 1`,
    )
    .get();
  if (!garbage) return false;
  const table = `record_${garbage.id}`;
  const removed = file.statement(`delete from ${table} where id in (select id from ${table} limit ${rowsPerTransaction})`).run().changes;
  if (removed === rowsPerTransaction) return true;
  file.db.exec(`drop table ${table}`);
  file.statement('delete from generation where id = ?').run(garbage.id);
  return true;
}
