import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphqlResult } from './caller.ts';
import type { Gateway } from './gateway.ts';
import { type MutationResult, mutate } from './mutate.ts';

type Api = Pick<Gateway, 'query'>;

export interface Transition {
  readonly sequence: number;
  readonly from: string | null;
  readonly to: string;
  readonly reason: string | null;
  readonly attempt: number;
}

export interface Job {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly waitReason: string | null;
  readonly attempt: number;
  readonly recordsRead: number;
  readonly recordsInserted: number;
  readonly recordsUpdated: number;
  readonly recordsDeleted: number;
  readonly recordsUnchanged: number;
  readonly recordsRejected: number;
  readonly failure: { readonly origin: string; readonly type: string; readonly message: string; readonly stream: string | null } | null;
  readonly streams: readonly { readonly name: string; readonly status: string; readonly recordsRead: number }[];
  readonly transitions: readonly Transition[];
  readonly sourceConnection: {
    readonly status: string;
    readonly statusReason: string | null;
    readonly recordCount: number;
    readonly activeSyncJob: { id: string } | null;
  };
}

const jobDocument = `query ($id: ID!) { syncJob(id: $id) {
  id version status waitReason attempt recordsRead recordsInserted recordsUpdated recordsDeleted recordsUnchanged recordsRejected
  failure { origin type message stream } streams { name status recordsRead }
  transitions { sequence from to reason attempt } sourceConnection { status statusReason recordCount activeSyncJob { id } }
} }`;

export async function readJob(api: Api, id: string): Promise<Job> {
  return (await api.query<{ syncJob: Job }>(jobDocument, { id })).syncJob;
}

/** Waits until what is read of the job fits. @throws with the job when it does not within `withinMs` */
export async function jobWhere(api: Api, id: string, fits: (job: Job) => boolean, withinMs = 30_000): Promise<Job> {
  const end = Date.now() + withinMs;
  for (;;) {
    const job = await readJob(api, id);
    if (fits(job)) return job;
    if (Date.now() > end) throw new Error(`The job did not get there: ${JSON.stringify(job)}`);
    await sleep(20);
  }
}

const isOver = ({ status }: { readonly status: string }) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(status);

export const endOf = (api: Api, id: string, withinMs?: number) => jobWhere(api, id, isOver, withinMs);

/** Runs a source connection, which must work. */
export async function run(api: Api, id: string, input: object = {}): Promise<string> {
  const result = await mutate(api, 'runSourceConnection', { id, ...input });
  if (result.__typename !== 'RunSourceConnectionPayload') throw new Error(`The run was refused: ${JSON.stringify(result)}`);
  return result['syncJob'].id as string;
}

export const cancel = (api: Api, id: string): Promise<MutationResult> => mutate(api, 'cancelSyncJob', { id });

/** The transitions of a job say where it went: gap-free from 1, each from where the one before led, the last one its status. */
export function pathOf({ transitions }: Pick<Job, 'transitions'>): string[] {
  for (const [index, { sequence, from }] of transitions.entries()) {
    const before = index === 0 ? null : transitions[index - 1]?.to;
    if (sequence !== index + 1 || from !== before) throw new Error(`The transitions have a gap: ${JSON.stringify(transitions)}`);
  }
  return transitions.map(({ to }) => to);
}

// biome-ignore lint/suspicious/noExplicitAny: the data of a record is whatever its source has
export type AnyRecord = Record<string, any>;

/** Every record of a collection, page by page. */
export async function recordsOf(api: Api, collectionId: string, stream?: string): Promise<AnyRecord[]> {
  const found: AnyRecord[] = [];
  let after: string | null = null;
  for (;;) {
    const { collection }: { collection: { records: { nodes: { data: AnyRecord }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } } =
      await api.query(
        `query ($id: ID!, $after: String, $filter: CollectionRecordFilter) { collection(by: { id: $id }) {
          records(first: 100, after: $after, filter: $filter) { nodes { data } pageInfo { hasNextPage endCursor } }
        } }`,
        { id: collectionId, after, filter: stream ? { stream: { name: stream } } : null },
      );
    found.push(...collection.records.nodes.map(({ data }) => data));
    if (!collection.records.pageInfo.hasNextPage) return found;
    after = collection.records.pageInfo.endCursor;
  }
}

/** Reads a subscription until `enough` says so, or it ends. @throws with its errors */
// biome-ignore lint/suspicious/noExplicitAny: tests look at what they selected
export async function listen<Data = any>(
  events: AsyncIterableIterator<GraphqlResult<Data>>,
  enough: (seen: readonly Data[]) => boolean,
  withinMs = 30_000,
): Promise<Data[]> {
  const seen: Data[] = [];
  const timer = setTimeout(() => void events.return?.(), withinMs);
  try {
    for await (const { data, errors } of events) {
      if (errors || !data) throw new Error(JSON.stringify(errors));
      seen.push(data);
      if (enough(seen)) break;
    }
    return seen;
  } finally {
    clearTimeout(timer);
  }
}

export interface Connected {
  readonly id: string;
  readonly collectionId: string;
  readonly syncJobId: string | null;
}

/** Makes a source connection, of made-up data unless told otherwise; it is not synced unless asked for. */
export async function connect(api: Api, input: object = {}): Promise<Connected> {
  const result = await mutate(
    api,
    'createSourceConnection',
    { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false, ...input },
    'sourceConnection { id collection { id } } syncJob { id }',
  );
  if (result.__typename !== 'CreateSourceConnectionPayload') throw new Error(`The connection was refused: ${JSON.stringify(result)}`);
  const { sourceConnection, syncJob } = result;
  return { id: sourceConnection.id, collectionId: sourceConnection.collection.id, syncJobId: syncJob?.id ?? null };
}
