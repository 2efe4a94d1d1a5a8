import { randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import { decodeRecordId, encodeRecordId } from '../../src/records/record-id.ts';
import type { Caller, GraphqlResult } from './caller.ts';
import type { IdPlace } from './id-places.ts';
import { mutate } from './mutate.ts';
import { type Call, callOf, type Fill } from './schema-calls.ts';
import type { Things } from './tenant-world.ts';

/** Somebody else's side of a comparison: what is there, and who sees it. */
export interface Other {
  readonly things: Things;
  readonly admin: Caller;
}

/** An id that is somebody else's, and one like it that is nobody's. */
export interface Pair {
  readonly foreign: string;
  readonly unknown: string;
}

/** Required values that name nothing. */
const texts: Readonly<Record<string, unknown>> = {
  name: 'Sent by a test',
  sourceShortName: 'faker',
  shortName: 'faker',
  credentials: {},
  count: 1,
  since: new Date().toISOString(),
  schedule: { manual: true },
};

const parents: Readonly<Record<string, (things: Things) => string>> = {
  Collection: ({ collection }) => collection,
  SourceConnection: ({ sourceConnection }) => sourceConnection,
  SyncJob: ({ syncJob }) => syncJob,
  Webhook: ({ webhook }) => webhook,
  Source: () => 'src_faker',
};

export function createProbes(schema: GraphQLSchema, places: readonly IdPlace[]) {
  const byPlace = new Map(places.map((place) => [place.at, place]));

  /** Fills in what is required with somebody's own things. */
  const fillFrom =
    (things: Things): Fill =>
    (name, at) => {
      if (name === 'parent') {
        const id = parents[at]?.(things);
        if (!id) throw new Error(`Fields of ${at} take ids: say in test/support/tenant-probes.ts which ${at} the test looks at.`);
        return id;
      }
      const kind = byPlace.get(`${at})`)?.kind;
      const value = kind && kind in things ? things[kind as keyof Things] : texts[name];
      if (value === undefined) throw new Error(`${at}) is required: say in test/support/tenant-probes.ts what a test may send.`);
      return value;
    };

  /** The call with `value` at the place, and everything else that it needs from `things`. Nothing is dialled, and no job started, that need not be. */
  function callAt({ parent, field, path }: IdPlace, value: string, things: Things, isRestricted = false): Call {
    const given: { path: readonly string[]; value: unknown }[] = [{ path, value }];
    if (field === 'createSourceConnection') {
      given.push({ path: ['input', 'syncImmediately'], value: false }, { path: ['input', 'runSetupTests'], value: false });
      if (isRestricted && !path.includes('collection')) given.push({ path: ['input', 'collection', 'id'], value: things.collection });
      if (path.includes('credentialId')) given.push({ path: ['input', 'sourceShortName'], value: 'postgresql' });
    }
    return callOf(schema, parent, field, given, fillFrom(things));
  }

  /** The cursors of the list that a cursor argument goes on in. What is pushed has those of the list of the same. */
  async function cursorsOf({ parent, field }: IdPlace, { things }: Pick<Other, 'things'>, caller: Caller): Promise<string[]> {
    const [type, list] = parent !== 'Subscription' ? [parent, field] : field === 'syncJobLogs' ? ['SyncJob', 'logs'] : ['Query', field];
    const page = `page: ${list}(first: 100) { edges { cursor } }`;
    const { data } =
      type === 'Query'
        ? await caller.execute(`{ ${page} }`)
        : await caller.execute(`query ($id: ID!) { page: node(id: $id) { ... on ${type} { ${page} } } }`, { id: parents[type]?.(things) });
    const found = data?.page?.page ?? data?.page;
    return (found?.edges ?? []).map(({ cursor }: { cursor: string }) => cursor);
  }

  /** A cursor of what somebody else sees and the caller does not. */
  async function foreignCursor(place: IdPlace, other: Other, caller: Caller): Promise<string> {
    const own = await cursorsOf(place, other, caller);
    const foreign = (await cursorsOf(place, other, other.admin)).find((cursor) => !own.includes(cursor));
    if (!foreign)
      throw new Error(`There is nothing foreign in the list of ${place.at}: let test/support/tenant-world.ts make something that it lists.`);
    return foreign;
  }

  /** What to send to a place: each foreign id that fits, with one that nobody has. */
  async function pairsAt(place: IdPlace, other: Other, caller: Caller): Promise<Pair[]> {
    const { kind } = place;
    if (kind === 'anything')
      return Object.entries(other.things)
        .filter(([name]) => name !== 'readableId')
        .map(([, id]) => ({ foreign: id, unknown: idLike(id) }));
    if (kind === 'cursor') {
      const foreign = await foreignCursor(place, other, caller);
      return [{ foreign, unknown: cursorLike(foreign) }];
    }
    if (kind === 'idempotencyKey') {
      const foreign = `used by another ${randomUUID()}`;
      await undo(other.admin, await run(other.admin, callAt(place, foreign, other.things)));
      return [{ foreign, unknown: `used by nobody ${randomUUID()}` }];
    }
    const foreign = other.things[kind as keyof Things];
    if (!foreign) throw new Error(`There is no ${kind} to send to ${place.at}: let test/support/tenant-world.ts make one.`);
    return [{ foreign, unknown: kind === 'readableId' ? `${foreign}-none` : idLike(foreign) }];
  }

  /** Whether something that the caller sees comes after a cursor that is a number. */
  async function hasMoreBehind(place: IdPlace, cursor: string, things: Things, caller: Caller): Promise<boolean> {
    const numberOf = (text: string) => Number(keysOf(text).at(-1));
    return (await cursorsOf(place, { things }, caller)).some((own) => numberOf(own) > numberOf(cursor));
  }

  return { callAt, pairsAt, hasMoreBehind };
}

export const run = (caller: Caller, { query, variables }: Call) => caller.execute(query, variables);

/** Takes away what a call has made, so that the next one finds the same. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the call asked for
export async function undo(admin: Caller, { data }: GraphqlResult<any>): Promise<void> {
  const made = data?.result;
  if (!/^(Create|Clone)(SourceConnection|Collection)Payload$/.test(made?.__typename)) return;
  const connection = made.sourceConnection;
  if (connection) await mutate(admin, 'deleteSourceConnection', { id: connection.id });
  // A collection that has other source connections is not deleted.
  await mutate(admin, 'deleteCollection', { id: (made.collection ?? connection.collection).id });
}

/** An id of the same type, as close as can be. */
export function idLike(id: string): string {
  const place = decodeRecordId(id);
  if (place) return encodeRecordId({ ...place, row: place.row + 1_000_000 });
  return `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
}

const keysOf = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64url').toString()) as (string | number)[];

/** A cursor right beside another one. */
function cursorLike(cursor: string): string {
  const [binding, ...keys] = keysOf(cursor);
  const last = keys.at(-1);
  const beside = typeof last === 'string' ? idLike(last) : Number(last) + 0.5;
  return Buffer.from(JSON.stringify([binding, ...keys.slice(0, -1), beside])).toString('base64url');
}

/** An answer without what differs anyhow: the id that was sent, ids of what was made, times. */
export function essenceOf(result: GraphqlResult<unknown>, sent: string): string {
  return JSON.stringify(result)
    .replaceAll(JSON.stringify(sent).slice(1, -1), '<sent>')
    .replaceAll(/\b([a-z]+)_[0-9a-hjkmnp-tv-z]{26}\b/g, '$1_<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/"(durationMs|version|key|prefix)":("[^"]*"|\d+)/g, '"$1":0');
}
