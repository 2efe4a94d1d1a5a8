import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { claimableTopic } from '../queue/queue.ts';
import { findSyncJob } from './read.ts';
import { amendSyncJob } from './transition.ts';

/** Brings the next attempts of waiting jobs forward by as much as the clock was set back: they would otherwise wait for that much longer. */
export async function rewindWaits(services: Services, { from, to }: { readonly from: Date; readonly to: Date }): Promise<void> {
  const rows = await services.db
    .selectFrom('sync_job')
    .select(['id', 'resume_at'])
    .where('status', '=', 'WAITING')
    .where('resume_at', '>', to)
    .execute();
  for (const row of rows) {
    const before = Number(row['resume_at']);
    await inTransaction(services, async (tx) => {
      const job = await findSyncJob(tx.db, row['id'] as string);
      if (job?.status !== 'WAITING' || job.resumeAt?.getTime() !== before) return;
      const resumeAt = new Date(Math.max(to.getTime(), before - (from.getTime() - to.getTime())));
      await amendSyncJob(tx, job, { resumeAt });
      tx.publish(claimableTopic);
    });
  }
}
