import type { Gateway } from '../test/support/gateway.ts';

const createMutation = `mutation Create($input: CreateSourceConnectionInput!) {
  createSourceConnection(input: $input) {
    __typename
    ... on UserError { code message }
    ... on CreateSourceConnectionPayload { sourceConnection { id } syncJob { id } }
  }
}`;
const runMutation = `mutation Run($id: ID!, $mode: SyncJobMode!) {
  runSourceConnection(input: { id: $id, mode: $mode }) {
    __typename
    ... on UserError { code message }
    ... on RunSourceConnectionPayload { syncJob { id } }
  }
}`;
const jobQuery = `query Job($id: ID!) {
  syncJob(id: $id) { status durationMs recordsRead recordsInserted recordsUpdated recordsUnchanged failure { message } }
}`;

export interface FinishedJob {
  readonly status: string;
  readonly durationMs: number;
  readonly recordsRead: number;
  readonly recordsInserted: number;
}

/** Creates a source connection; its first sync job starts unless `syncImmediately` is false. @throws when the gateway refuses it */
export async function createConnection(gateway: Gateway, input: Record<string, unknown>): Promise<{ id: string; syncJobId: string | undefined }> {
  const { createSourceConnection: result } = await gateway.query(createMutation, { input });
  if (!result.sourceConnection) throw new Error(`not created: ${JSON.stringify(result)}`);
  return { id: result.sourceConnection.id, syncJobId: result.syncJob?.id };
}

export async function runConnection(gateway: Gateway, id: string, mode: 'INCREMENTAL' | 'FULL_REFRESH' = 'INCREMENTAL'): Promise<string> {
  const { runSourceConnection: result } = await gateway.query(runMutation, { id, mode });
  if (!result.syncJob) throw new Error(`not started: ${JSON.stringify(result)}`);
  return result.syncJob.id;
}

const finalStatuses = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Waits until the job is over. @throws when it did not succeed */
export async function finishedJob(gateway: Gateway, id: string, pauseMs = 50): Promise<FinishedJob> {
  for (;;) {
    const { syncJob } = await gateway.query(jobQuery, { id });
    if (finalStatuses.includes(syncJob.status)) {
      if (syncJob.status !== 'SUCCEEDED') throw new Error(`the job is ${syncJob.status}: ${JSON.stringify(syncJob.failure)}`);
      return syncJob;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** More than a page of connections, each with a finished job. */
export async function createPage(gateway: Gateway): Promise<void> {
  for (let index = 0; index < 52; index += 1) {
    const { syncJobId } = await createConnection(gateway, {
      name: `Orders of shop ${index}`,
      description: `What shop number ${index} sold since the beginning of the year`,
      sourceShortName: 'faker',
      config: { count: 10 },
    });
    if (syncJobId) await finishedJob(gateway, syncJobId, 10);
  }
}
