import {
  RunSourceConnectionDocument,
  type SyncJobSummaryFragment,
  WatchSyncJobProgressDocument,
  WatchSyncJobTransitionsDocument,
} from '../src/client/generated/graphql.ts';
import { type Client, payloadOf } from './client.ts';
import * as print from './print.ts';

const finalStatuses = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Runs a source connection and prints each transition and the counters as they arrive, to the end of the job. */
export async function runAndWatch(client: Client, sourceConnectionId: string): Promise<SyncJobSummaryFragment> {
  const { syncJob } = payloadOf((await client.execute(RunSourceConnectionDocument, { input: { id: sourceConnectionId } })).runSourceConnection);
  for (const transition of syncJob.transitions) print.transition(transition);
  // Going on behind the last transition of the answer: what happened in between comes too, nothing comes twice.
  const after = syncJob.transitions.at(-1)?.cursor ?? null;
  const [, job] = await Promise.all([printTransitions(client, syncJob.id, after), printProgress(client, syncJob)]);
  if (job.status !== 'SUCCEEDED') throw new Error(`The sync job ended ${job.status}: ${job.failure?.message ?? 'no reason was given'}`);
  return job;
}

async function printTransitions(client: Client, syncJobId: string, after: string | null): Promise<void> {
  for await (const { syncJobTransitions } of client.subscribe(WatchSyncJobTransitionsDocument, { filter: { syncJobId }, after })) {
    print.transition(syncJobTransitions);
    if (finalStatuses.includes(syncJobTransitions.to)) return;
  }
}

async function printProgress(client: Client, started: SyncJobSummaryFragment): Promise<SyncJobSummaryFragment> {
  let latest = started;
  for await (const { syncJobProgress } of client.subscribe(WatchSyncJobProgressDocument, { syncJobIds: [started.id] })) {
    if (syncJobProgress.recordsRead > latest.recordsRead) print.counters(syncJobProgress);
    latest = syncJobProgress;
  }
  return latest;
}
