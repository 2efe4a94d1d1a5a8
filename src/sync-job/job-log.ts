import type { LogLevel } from '../connector/messages.ts';
import type { Services } from '../context.ts';
import type { Db } from '../db/rows.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { type SyncJobLog, SyncJobLogEntity } from './sync-job-log.entity.ts';

/** The topic that wakes whoever watches logs. */
export const logTopic = 'sync-job-logs';

const keptPerJob = 10_000;
const longestMessage = 4_000;

type Line = Omit<SyncJobLog, 'cursor'>;
type LoggedJob = Pick<SyncJob, 'id' | 'organizationId' | 'collectionId'>;

const placeOf = ({ id, organizationId, collectionId }: LoggedJob) => ({ organizationId, collectionId, syncJobId: id });

export interface JobLog {
  write(level: LogLevel, message: string, stream?: string): void;
  /** Stores what was written since the last time. */
  flush(): Promise<void>;
}

/** The log of one job, as its readers see it: redacted, bounded in length and number, stored in small batches. */
export async function openJobLog(services: Services, job: LoggedJob, redact: (text: string) => string): Promise<JobLog> {
  let written = await lastSequence(services.db, job.id);
  let pending: Omit<Line, 'sequence'>[] = [];
  return {
    write(level, message, stream) {
      if (written >= keptPerJob) return;
      written++;
      const full = written === keptPerJob;
      const text = full ? `The log is full: ${keptPerJob} lines are kept of a job.` : redact(message).slice(0, longestMessage);
      pending.push({ ...placeOf(job), at: new Date(), level: full ? 'WARN' : level, message: text, stream: stream ?? null });
    },
    async flush() {
      if (pending.length === 0) return;
      const lines = pending;
      pending = [];
      await inTransaction(services, async (tx) => {
        // The gateway may have written a line in between.
        const sequence = await lastSequence(tx.db, job.id);
        await tx.em.insertMany(
          SyncJobLogEntity,
          lines.map((line, index) => ({ ...line, sequence: sequence + index + 1 })),
        );
        tx.publish(logTopic);
      });
    },
  };
}

/** A line by the gateway, which has no secrets of the job at hand and nothing to redact. Dropped when the log is full. */
export async function appendToJobLog(tx: Transaction, job: LoggedJob, level: LogLevel, message: string): Promise<void> {
  const sequence = await lastSequence(tx.db, job.id);
  if (sequence >= keptPerJob) return;
  await tx.em.insert(SyncJobLogEntity, { ...placeOf(job), sequence: sequence + 1, at: new Date(), level, message, stream: null });
  tx.publish(logTopic);
}

async function lastSequence(db: Db, syncJobId: string): Promise<number> {
  const row = await db
    .selectFrom('sync_job_log')
    .select('sequence')
    .where('sync_job_id', '=', syncJobId)
    .orderBy('cursor', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Number(row?.['sequence'] ?? 0);
}
