/** What can be sent. */
export const webhookEvents = ['SYNC_JOB_TRANSITION', 'SOURCE_CONNECTION_STATUS'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** The `type` of each in its payload. */
export const payloadTypes: Readonly<Record<WebhookEvent, string>> = {
  SYNC_JOB_TRANSITION: 'sync_job.transition',
  SOURCE_CONNECTION_STATUS: 'source_connection.status',
};
