import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from './gateway.ts';
import { type MutationResult, mutate } from './mutate.ts';

type Api = Pick<Gateway, 'query'>;

export interface SeededCollection {
  readonly id: string;
  readonly name: string;
  readonly readableId: string;
}

export interface SeededConnection {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly collection: SeededCollection;
}

export interface SyncedConnection extends SeededConnection {
  readonly syncJob: { readonly id: string; readonly status: string; readonly recordsRead: number };
}

interface CollectionStory {
  created(): Promise<SeededCollection>;
  /** A source connection that writes into the collection; a small faker unless told otherwise. */
  connection(input?: object): ConnectionStory;
}

interface ConnectionStory {
  /** Saved, never synced. */
  created(): Promise<SeededConnection>;
  /** Saved, and its first sync job has ended, whichever way. */
  synced(): Promise<SyncedConnection>;
}

const tenOrders = { name: 'Ten orders', sourceShortName: 'faker', config: { count: 10 } };

/** Puts things into a gateway through its API: `await seed(gateway).collection({ name: 'Shop' }).connection().synced()`. */
export function seed(api: Api): { collection(input?: object): CollectionStory; connection(input?: object): ConnectionStory } {
  const connection = (input: object, into?: () => Promise<SeededCollection>): ConnectionStory => {
    const create = async (syncImmediately: boolean) => {
      const collection = into ? { collection: { id: (await into()).id } } : {};
      return payloadOf(await mutate(api, 'createSourceConnection', { ...tenOrders, ...collection, syncImmediately, ...input }));
    };
    return {
      created: async () => (await create(false))['sourceConnection'],
      async synced() {
        const { sourceConnection, syncJob } = await create(true);
        return { ...(sourceConnection as SeededConnection), syncJob: await jobEnds(api, syncJob.id) };
      },
    };
  };
  return {
    connection: (input = {}) => connection(input),
    collection(input = {}) {
      let made: Promise<SeededCollection> | undefined;
      const created = () => {
        made ??= mutate(api, 'createCollection', { name: 'Shop', ...input }).then((result) => payloadOf(result)['collection'] as SeededCollection);
        return made;
      };
      return { created, connection: (fields = {}) => connection(fields, created) };
    },
  };
}

/** @throws with the error that came in the place of the payload */
function payloadOf(result: MutationResult): MutationResult {
  if (!result.__typename.endsWith('Payload')) throw new Error(`The seed was refused: ${JSON.stringify(result)}`);
  return result;
}

/** Waits until a job has ended. @throws when it has not after `withinMs` */
export async function jobEnds(api: Api, id: string, withinMs = 30_000): Promise<SyncedConnection['syncJob']> {
  const end = Date.now() + withinMs;
  for (;;) {
    const { syncJob } = await api.query('query ($id: ID!) { syncJob(id: $id) { id status recordsRead completedAt } }', { id });
    if (syncJob.completedAt !== null) return syncJob;
    if (Date.now() > end) throw new Error(`The job has not ended: ${JSON.stringify(syncJob)}`);
    await sleep(20);
  }
}
