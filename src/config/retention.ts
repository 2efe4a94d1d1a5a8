import { z } from 'zod';

const dayMs = 24 * 60 * 60 * 1000;

/** How long what is over is kept, ms; `null` = for ever. */
export interface RetentionConfig {
  /** Sync jobs with their transitions, changes of status, tests, and what was deleted. */
  readonly jobsMs: number | null;
  /** Lines of the logs of sync jobs; never longer than the jobs. */
  readonly logsMs: number | null;
  readonly auditMs: number | null;
}

const days = (usual: number) =>
  z.coerce
    .number({ error: `must be a number of days, for example ${usual}` })
    .min(0, `must be at least 0, which keeps everything, for example ${usual}`)
    .max(36_500, `must be at most 36500, for example ${usual}`)
    .default(usual);

export const retentionVariables = {
  HEADGATE_RETENTION_DAYS: days(90),
  HEADGATE_LOG_RETENTION_DAYS: days(30),
  HEADGATE_AUDIT_RETENTION_DAYS: days(365),
};

export function retentionConfig(env: z.output<z.ZodObject<typeof retentionVariables>>): RetentionConfig {
  const ms = (days: number) => (days === 0 ? null : days * dayMs);
  const jobsMs = ms(env.HEADGATE_RETENTION_DAYS);
  const logsMs = ms(env.HEADGATE_LOG_RETENTION_DAYS);
  return {
    jobsMs,
    logsMs: jobsMs === null || logsMs === null ? (logsMs ?? jobsMs) : Math.min(logsMs, jobsMs),
    auditMs: ms(env.HEADGATE_AUDIT_RETENTION_DAYS),
  };
}
