/** The life of a sync job: from each status to the ones that may follow. Terminal statuses lead nowhere. */
const arrows = {
  PENDING: ['RUNNING', 'CANCELLED', 'FAILED'],
  RUNNING: ['WAITING', 'CANCELLING', 'SUCCEEDED', 'FAILED'],
  WAITING: ['RUNNING', 'CANCELLED', 'FAILED'],
  CANCELLING: ['CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies Record<string, readonly string[]>;

export type SyncJobStatus = keyof typeof arrows;
export const syncJobStatuses = Object.keys(arrows) as SyncJobStatus[];

export const terminalStatuses = syncJobStatuses.filter((status) => arrows[status].length === 0);
export const activeStatuses = syncJobStatuses.filter((status) => arrows[status].length > 0);

export function isTerminal(status: SyncJobStatus): boolean {
  return terminalStatuses.includes(status);
}

export function mayFollow(from: SyncJobStatus, to: SyncJobStatus): boolean {
  return (arrows[from] as readonly string[]).includes(to);
}

export const syncJobTriggers = ['CREATE', 'MANUAL', 'SCHEDULE', 'RETRY', 'CONTINUOUS'] as const;
export type SyncJobTrigger = (typeof syncJobTriggers)[number];

export const syncJobModes = ['INCREMENTAL', 'FULL_REFRESH', 'CLEAR'] as const;
export type SyncJobMode = (typeof syncJobModes)[number];

export const waitReasons = ['RETRY_BACKOFF', 'SOURCE_RATE_LIMIT', 'PAUSED', 'WORKER_LOST', 'RELEASED'] as const;
export type SyncJobWaitReason = (typeof waitReasons)[number];

export const syncJobStreamStatuses = ['PENDING', 'RUNNING', 'COMPLETE', 'INCOMPLETE'] as const;
export type SyncJobStreamStatus = (typeof syncJobStreamStatuses)[number];

export const failureOrigins = ['SOURCE', 'PLATFORM'] as const;
export type FailureOrigin = (typeof failureOrigins)[number];
