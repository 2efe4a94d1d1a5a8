import { expect } from 'vitest';
import type { Caller } from './caller.ts';
import { eventually } from './eventually.ts';
import type { Kind } from './id-places.ts';
import { createKey } from './keys.ts';
import { mutate } from './mutate.ts';
import { jobEnds } from './seed.ts';

/** The things of one collection, by what names them. */
export type Things = Readonly<Record<Exclude<Kind, 'anything' | 'cursor' | 'idempotencyKey'> | 'transition' | 'test' | 'record', string>>;

export interface Tenant {
  readonly name: string;
  readonly admin: Caller;
  readonly callers: readonly TenantCaller[];
  /** In the collection that restricted keys are for, and in the other one. */
  readonly inside: Things;
  readonly outside: Things;
}

export interface TenantCaller {
  readonly title: string;
  readonly role: 'VIEWER' | 'EDITOR' | 'ADMIN';
  readonly isRestricted: boolean;
  readonly caller: Caller;
}

/** Fills an organization with one of everything, in two collections, and makes a key for each role. */
export async function createTenant(name: string, organizationId: string, admin: Caller, as: (key: string) => Caller): Promise<Tenant> {
  const webhook = await createWebhook(admin);
  const collections = [];
  for (const part of ['inside', 'outside']) collections.push(await createThings(admin, organizationId, `${name}-${part}`));
  const [inside, outside] = collections as [PartThings, PartThings];
  await silence(admin, webhook);
  const callers: TenantCaller[] = [{ title: `the administrator of ${name}`, role: 'ADMIN', isRestricted: false, caller: admin }];
  // Nobody comes with it, so it may be revoked.
  const { apiKey } = await createKey(admin, { name: `Spare key of ${name}` });
  for (const role of ['EDITOR', 'VIEWER', 'ADMIN'] as const) {
    for (const collectionIds of role === 'ADMIN' ? [[inside.collection]] : [null, [inside.collection]]) {
      const { key } = await createKey(admin, { name: `${role} of ${name}`, role, collectionIds });
      const title = `the key of ${name} with the role ${role}${collectionIds ? ' for one collection' : ''}`;
      callers.push({ title, role, isRestricted: collectionIds !== null, caller: as(key) });
    }
  }
  const shared = { apiKey: apiKey.id, webhook };
  return { name, admin, callers, inside: { ...inside, ...shared }, outside: { ...outside, ...shared } };
}

/** What each collection has of its own; the rest is the organization's. */
type PartThings = Omit<Things, 'apiKey' | 'webhook'>;

/** Nobody is there: what counts is that events wait for it. */
async function createWebhook(admin: Caller): Promise<string> {
  const input = { url: 'https://hooks.invalid/', events: ['SYNC_JOB_TRANSITION', 'SOURCE_CONNECTION_STATUS'] };
  return (await payload(mutate(admin, 'createWebhook', input))).webhook.id;
}

/** Has a webhook stay as it is from now on: each of the four source connections has had its attempt, and nothing more happens. */
async function silence(admin: Caller, id: string): Promise<void> {
  const attempts = async (): Promise<number[]> => {
    const { node } = await admin.query('query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(first: 100) { nodes { attempt } } } } }', {
      id,
    });
    return node.deliveries.nodes.map(({ attempt }: { attempt: number }) => attempt);
  };
  await eventually(async () => expect((await attempts()).filter((attempt) => attempt > 0).length).toBe(4), 30_000);
  await payload(mutate(admin, 'updateWebhook', { id, enabled: false }));
}

async function createThings(admin: Caller, organizationId: string, readableId: string): Promise<PartThings> {
  const { collection } = await payload(mutate(admin, 'createCollection', { name: readableId, readableId }));
  const inIt = { collection: { id: collection.id } };
  const synced = await payload(
    mutate(
      admin,
      'createSourceConnection',
      { ...inIt, name: 'Fake data', sourceShortName: 'faker', config: { count: 3 } },
      'sourceConnection { id } test { id } syncJob { id }',
    ),
  );
  await jobEnds(admin, synced.syncJob.id);
  // Never dialled: it is there for its credential.
  const credentials = { host: '127.0.0.1', database: 'shop', username: 'reader', password: `secret of ${readableId}` };
  const secret = await payload(
    mutate(
      admin,
      'createSourceConnection',
      { ...inIt, name: 'With a secret', sourceShortName: 'postgresql', credentials, runSetupTests: false, syncImmediately: false },
      'sourceConnection { id credential { id } }',
    ),
  );
  const { syncJob } = await admin.query(
    'query ($id: ID!) { syncJob(id: $id) { transitions { id } sourceConnection { collection { records(first: 1) { nodes { id } } } } } }',
    {
      id: synced.syncJob.id,
    },
  );
  return {
    organization: organizationId,
    collection: collection.id,
    readableId,
    sourceConnection: synced.sourceConnection.id,
    credential: secret.sourceConnection.credential.id,
    syncJob: synced.syncJob.id,
    transition: syncJob.transitions[0].id,
    test: synced.test.id,
    record: syncJob.sourceConnection.collection.records.nodes[0].id,
  };
}

async function payload(result: ReturnType<typeof mutate>): Promise<Awaited<ReturnType<typeof mutate>>> {
  const answer = await result;
  if (!answer.__typename.endsWith('Payload')) throw new Error(`The tenant could not be made: ${JSON.stringify(answer)}`);
  return answer;
}
