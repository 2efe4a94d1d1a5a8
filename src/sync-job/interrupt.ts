import type { Services } from '../context.ts';
import type { Interrupt } from '../queue/queue.ts';

/** Whether somebody wants the work of a job broken off. */
export async function interruptOf({ db }: Pick<Services, 'db'>, syncJobId: string): Promise<Interrupt | undefined> {
  const row = await db.selectFrom('sync_job').select(['status', 'pause_requested']).where('id', '=', syncJobId).executeTakeFirst();
  if (row?.['status'] === 'CANCELLING') return 'cancelled';
  return row?.['status'] === 'RUNNING' && row['pause_requested'] ? 'paused' : undefined;
}
