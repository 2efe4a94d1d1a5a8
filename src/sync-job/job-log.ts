import type { LogLevel } from '../connector/messages.ts';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { SyncJobLogEntity } from './sync-job-log.entity.ts';

/** The topic that wakes whoever watches logs. */
export const logTopic = 'sync-job-logs';

const keptPerJob = 10_000;
const longestMessage = 4_000;

export interface JobLog {
  write(level: LogLevel, message: string, stream?: string): void;
  /** Stores what was written since the last time. */
  flush(): Promise<void>;
}

/** The log of one job, as its readers see it: redacted, bounded in length and number, stored in small batches. */
export async function openJobLog(services: Services, syncJobId: string, redact: (text: string) => string): Promise<JobLog> {
  const { last } = await services.db
    .selectFrom('sync_job_log')
    .select(({ fn }) => fn.max('sequence').as('last'))
    .where('sync_job_id', '=', syncJobId)
    .executeTakeFirstOrThrow();
  let sequence = Number(last ?? 0);
  let pending: { syncJobId: string; sequence: number; at: Date; level: LogLevel; message: string; stream: string | null }[] = [];
  return {
    write(level, message, stream) {
      if (sequence >= keptPerJob) return;
      sequence++;
      const full = sequence === keptPerJob;
      const text = full ? `The log is full: ${keptPerJob} lines are kept of a job.` : redact(message).slice(0, longestMessage);
      pending.push({ syncJobId, sequence, at: new Date(), level: full ? 'WARN' : level, message: text, stream: stream ?? null });
    },
    async flush() {
      if (pending.length === 0) return;
      const lines = pending;
      pending = [];
      await inTransaction(services, async (tx) => {
        await tx.em.insertMany(SyncJobLogEntity, lines);
        tx.publish(logTopic);
      });
    },
  };
}
