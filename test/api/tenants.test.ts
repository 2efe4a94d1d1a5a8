import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecordId } from '../../src/records/record-id.ts';
import type { Caller, GraphqlResult } from '../support/caller.ts';
import { readControlRows, writeControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import type { Gateway } from '../support/gateway.ts';
import { type IdPlace, idPlaces } from '../support/id-places.ts';
import { createKey, createKeyByCli, startKeysGateway } from '../support/keys.ts';
import { mutate } from '../support/mutate.ts';
import { createProbes, essenceOf, idLike, type Other, run, undo } from '../support/tenant-probes.ts';
import { columnsOf, tablesOf } from '../support/tenant-rows.ts';
import { fieldsWithIds, walk } from '../support/tenant-walk.ts';
import { createTenant, type Tenant, type TenantCaller, type Things } from '../support/tenant-world.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const { places, unknown } = idPlaces(schema);
const probes = createProbes(schema, places);
/** The catalog is the same for everybody, and so are its cursors. */
const ofEverybody = ['Query.sources(after)', 'Query.sources(before)'];
const asked = places.filter(({ parent, at }) => parent !== 'Subscription' && !ofEverybody.includes(at));
const pushed = places.filter(({ parent }) => parent === 'Subscription');

let gateway: Gateway;
let acme: Tenant;
let globex: Tenant;

beforeAll(async () => {
  const env = Object.fromEntries(
    ['PRINCIPAL', 'ORGANIZATION', 'ADDRESS', 'SOURCE_TESTS', 'FAILED_LOGINS'].map((name) => [`HEADGATE_RATE_LIMIT_${name}`, '0']),
  );
  // Events that cannot be delivered are tried once in the time of these tests.
  const webhooks = { HEADGATE_WEBHOOK_TIMEOUT_SECONDS: '2', HEADGATE_WEBHOOK_RETRY_BASE_MS: '3600000' };
  const keys = await startKeysGateway({ env: { ...env, ...webhooks } });
  gateway = keys.gateway;
  const as = (key: string) => gateway.as({ headers: { 'X-API-Key': key } });
  const other = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'ADMIN');
  globex = await createTenant('globex', other.organizationId, as(other.key), as);
  acme = await createTenant('acme', keys.adminKey.organizationId, keys.admin, as);
  // Each has something that is newer than something of the other.
  await mutate(globex.admin, 'runSourceConnection', { id: globex.inside.sourceConnection });
  await idle();
}, 240_000);
afterAll(() => gateway?.cleanUp());

/** No job is active, so nothing moves by itself. */
const idle = () =>
  eventually(() =>
    expect(
      readControlRows(gateway, (database) =>
        database.prepare(`select count(*) from sync_job where status not in ('SUCCEEDED', 'FAILED', 'CANCELLED')`).pluck().get(),
      ),
    ).toBe(0),
  );

type Rows = Record<string, unknown[]>;

/** Every row of an organization, or of one collection of it; without when a key was last used, which is written a second later. */
function rowsOf({ organization, collection }: Pick<Things, 'organization' | 'collection'>, isPart: boolean): Rows {
  return readControlRows(gateway, (database) =>
    Object.fromEntries(
      tablesOf(database).flatMap((table) => {
        const columns = columnsOf(database, table).map(({ name }) => name);
        const [column, value] = isPart ? ['collection_id', collection] : ['organization_id', organization];
        const kept = columns.filter((name) => name !== 'last_used_at').join(', ');
        return columns.includes(column) ? [[table, database.prepare(`select ${kept} from ${table} where ${column} = ?`).all(value)]] : [];
      }),
    ),
  );
}

/** What a caller must not find: the other tenant's, and what its key is not for. */
function othersOf(tenant: Tenant, { isRestricted }: TenantCaller): readonly (Other & { readonly title: string; readonly isPart: boolean })[] {
  const neighbour = tenant === acme ? globex : acme;
  const foreign = { title: 'another tenant', things: neighbour.inside, admin: neighbour.admin, isPart: false };
  // Its own organization exists for everybody.
  const elsewhere = { ...tenant.outside, organization: neighbour.outside.organization };
  return isRestricted ? [foreign, { title: 'another collection', things: elsewhere, admin: tenant.admin, isPart: true }] : [foreign];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the call asked for
type Anything = any;

const everyCaller = () => [acme, globex].flatMap((tenant) => tenant.callers.map((caller) => ({ tenant, ...caller })));

it('every argument that may take an id is known to this test', () => {
  expect(unknown).toEqual([]);
  expect(places.length).toBeGreaterThan(60);
});

/** A record says by its id in which collection it is. */
const isRecordOf = ({ inside, outside }: Tenant, { isRestricted }: TenantCaller, id: string) =>
  [inside.record, ...(isRestricted ? [] : [outside.record])].some(
    (known) => decodeRecordId(known)?.collectionNumber === decodeRecordId(id)?.collectionNumber,
  );

/** Everything that a side calls its own, by id. */
const idsIn = (rows: Record<string, unknown[]>) =>
  new Set(Object.values(rows).flatMap((table) => (table as { id?: string }[]).flatMap(({ id }) => (id?.includes('_') ? [id] : []))));
const idsOf = (text: string) => text.match(/\b[a-z]+_[0-9a-hjkmnp-tv-z]{26}\b/g) ?? [];

describe('an id of another tenant, or of a collection that a key is not for', () => {
  /** Sends every pair to a place; the answers must not tell them apart. */
  async function probe(
    who: ReturnType<typeof everyCaller>[number],
    other: ReturnType<typeof othersOf>[number],
    place: IdPlace,
    known: Rows,
  ): Promise<Rows> {
    const { tenant, caller, title, isRestricted } = who;
    const isUsed = place.kind === 'idempotencyKey';
    const pairs = await probes.pairsAt(place, other, caller);
    if (isUsed) await idle();
    // To use a key something was done on the other side.
    const before = isUsed ? rowsOf(other.things, other.isPart) : known;
    const theirs = idsIn(before);
    for (const pair of pairs) {
      const answers: string[] = [];
      for (const sent of [pair.foreign, pair.unknown]) {
        const result = await run(caller, probes.callAt(place, sent, isUsed ? other.things : tenant.inside, isRestricted));
        await undo(tenant.admin, result);
        const told = idsOf(JSON.stringify(result)).filter(
          (id) => theirs.has(id) && id !== sent && !(isUsed && Object.values(other.things).includes(id)),
        );
        expect(told, `${title} is told of ${other.title} by ${place.at}`).toEqual([]);
        answers.push(essenceOf(result, sent));
      }
      const about = `${title} sends ${place.at} the ${place.kind} ${pair.foreign} of ${other.title}`;
      expect(answers[0], about).toBe(answers[1]);
      // It was an answer of the domain, not one about a document or a value that is wrong.
      expect(answers[0], about).not.toMatch(/INTERNAL|BAD_REQUEST|GRAPHQL/);
    }
    if (place.parent === 'Mutation') {
      expect(rowsOf(other.things, other.isPart), `${title} sends ${place.at} something of ${other.title}`).toEqual(before);
    }
    return before;
  }

  it('gets the answer of one that does not exist, and nothing is written', async () => {
    for (const who of everyCaller()) {
      for (const other of othersOf(who.tenant, who)) {
        let rows = rowsOf(other.things, other.isPart);
        for (const place of asked.filter(({ parent }) => parent !== 'Mutation')) rows = await probe(who, other, place, rows);
        expect(rowsOf(other.things, other.isPart), `${who.title} only reads`).toEqual(rows);
        for (const place of asked.filter(({ parent }) => parent === 'Mutation')) rows = await probe(who, other, place, rows);
      }
    }
  }, 600_000);

  it('gets it from subscriptions, too', async () => {
    const seen = new Set<string>();
    for (const who of everyCaller()) {
      for (const other of othersOf(who.tenant, who)) {
        for (const place of pushed) {
          for (const pair of await probes.pairsAt(place, other, who.caller)) {
            // Behind it there has to be something that is replayed, or nothing would ever come.
            if (place.kind === 'cursor' && !(await probes.hasMoreBehind(place, pair.foreign, who.tenant.inside, who.caller))) continue;
            seen.add(place.at);
            const answers: string[] = [];
            for (const sent of [pair.foreign, pair.unknown]) {
              const { query, variables } = probes.callAt(place, sent, who.tenant.inside);
              const events = who.caller.subscribe(query, variables);
              // An error, or the first that is replayed.
              const value = await events.next().then(
                (next) => next.value,
                (errors) => ({ errors }),
              );
              await events.return?.();
              answers.push(essenceOf(value, sent));
            }
            expect(answers[0], `${who.title} sends ${place.at} the ${place.kind} of ${other.title}`).toBe(answers[1]);
            if (place.kind !== 'cursor') expect(answers[0]).toContain('NOT_FOUND');
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(pushed.map(({ at }) => at).sort());
  }, 120_000);
});

describe('what is pushed', () => {
  /** Opened, and sure to be: what was committed before it is replayed first. */
  async function follow(caller: Caller, admin: Caller) {
    const { syncJobTransitions } = await admin.query('{ syncJobTransitions(last: 1) { edges { cursor } } }');
    const [{ cursor }] = syncJobTransitions.edges;
    const query = 'subscription ($after: String) { syncJobTransitions(after: $after) { to syncJob { id sourceConnection { id } } } }';
    return caller.subscribe(query, { after: cursor });
  }
  const runJob = async ({ admin }: Tenant, id: string) => {
    const { syncJob } = await mutate(admin, 'runSourceConnection', { id });
    await idle();
    return syncJob.id as string;
  };
  /** The jobs that a subscriber has heard of, up to the end of the last one. */
  async function heard(events: AsyncIterableIterator<GraphqlResult<Anything>>, last: string): Promise<string[]> {
    const jobs = new Set<string>();
    for await (const { data, errors } of events) {
      if (!data) throw new Error(JSON.stringify(errors));
      const { to, syncJob } = data.syncJobTransitions;
      jobs.add(syncJob.id);
      if (syncJob.id === last && to === 'SUCCEEDED') break;
    }
    return [...jobs];
  }

  it('is the tenant’s own, and to a key for one collection what happens in it', async () => {
    const viewer = acme.callers.find(({ role, isRestricted }) => role === 'VIEWER' && !isRestricted) as TenantCaller;
    const restricted = acme.callers.find(({ role, isRestricted }) => role === 'VIEWER' && isRestricted) as TenantCaller;
    const everything = await follow(viewer.caller, acme.admin);
    const part = await follow(restricted.caller, acme.admin);
    await runJob(globex, globex.inside.sourceConnection);
    const elsewhere = await runJob(acme, acme.outside.sourceConnection);
    const own = await runJob(acme, acme.inside.sourceConnection);
    expect(await heard(everything, own)).toEqual([elsewhere, own]);
    expect(await heard(part, own)).toEqual([own]);
  }, 120_000);

  it('is what the key may see at the event, not what it could when the subscription began', async () => {
    const { key, apiKey } = await createKey(acme.admin, { name: 'Narrowed', collectionIds: [acme.inside.collection, acme.outside.collection] });
    const events = await follow(gateway.as({ headers: { 'X-API-Key': key } }), acme.admin);
    const before = await runJob(acme, acme.outside.sourceConnection);
    const heardBefore = await heardOf(events, before);
    const setCollections = (ids: string[]) =>
      writeControlRows(gateway, (database) =>
        database.prepare('update api_key set collection_ids = ? where id = ?').run(JSON.stringify(ids), apiKey.id),
      );
    setCollections([acme.inside.collection]);
    await runJob(acme, acme.outside.sourceConnection);
    const own = await runJob(acme, acme.inside.sourceConnection);
    expect([heardBefore, await heard(events, own)]).toEqual([[before], [own]]);
  }, 120_000);

  /** Like `heard`, and leaves the subscription open. */
  async function heardOf(events: AsyncIterableIterator<GraphqlResult<Anything>>, last: string): Promise<string[]> {
    const jobs = new Set<string>();
    for (;;) {
      const { value } = await events.next();
      const { to, syncJob } = value.data.syncJobTransitions;
      jobs.add(syncJob.id);
      if (syncJob.id === last && to === 'SUCCEEDED') return [...jobs];
    }
  }
});

describe('a key for one collection', () => {
  const part = () => acme.callers.find(({ role, isRestricted }) => role === 'EDITOR' && isRestricted) as TenantCaller;

  it('creates nothing outside of it, and does not learn what is there', async () => {
    const { caller } = part();
    const create = async (input: object) =>
      mutate(caller, 'createSourceConnection', { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false, ...input });
    const choices = [
      undefined,
      { create: { name: 'Mine' } },
      { create: { name: 'Mine', readableId: acme.outside.readableId } },
      ...[acme.outside.collection, globex.inside.collection, 'col_01h455vb4pex5vsknk084sn02q', 'nonsense'].map((id) => ({ id })),
      ...[acme.outside.readableId, globex.inside.readableId, 'nobody-has-this'].map((readableId) => ({ readableId })),
    ];
    const answers = [];
    for (const collection of choices) answers.push(await create(collection ? { collection } : {}));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
    expect(await mutate(caller, 'createCollection', { name: 'Mine' })).toMatchObject({ __typename: 'ForbiddenError' });
    const clone = { id: acme.inside.sourceConnection, name: 'A clone' };
    for (const collection of choices.slice(1))
      expect((await mutate(caller, 'cloneSourceConnection', { ...clone, collection }, 'sourceConnection { id }')).__typename).toBe('ForbiddenError');
    for (const made of [
      await create({ collection: { id: acme.inside.collection } }),
      await create({ collection: { readableId: acme.inside.readableId } }),
      await mutate(caller, 'cloneSourceConnection', clone, 'sourceConnection { id }'),
    ]) {
      expect(made.__typename).toMatch(/Payload$/);
      await mutate(acme.admin, 'deleteSourceConnection', { id: made['sourceConnection'].id });
    }
  });

  it('counts what it sees', async () => {
    const counts = '{ collections { totalCount nodes { id recordCount } } sourceConnections { totalCount nodes { id collection { id } } } }';
    const [all, seen] = [await acme.admin.query(counts), await part().caller.query(counts)];
    expect(all.collections.totalCount).toBe(2);
    expect(seen.collections).toMatchObject({ totalCount: 1, nodes: [{ id: acme.inside.collection }] });
    const inside = all.sourceConnections.nodes.filter(({ collection }: { collection: { id: string } }) => collection.id === acme.inside.collection);
    expect(seen.sourceConnections).toEqual({ totalCount: inside.length, nodes: inside });
    expect(seen.collections.nodes[0].recordCount).toBeGreaterThan(0);
  });

  it('never meets the idempotency keys of those who see more', async () => {
    const input = { id: acme.inside.sourceConnection, idempotencyKey: 'nightly' };
    const first = await mutate(acme.admin, 'runSourceConnection', input);
    await idle();
    const again = await mutate(acme.admin, 'runSourceConnection', input);
    const other = await mutate(part().caller, 'runSourceConnection', input);
    await idle();
    expect(again['syncJob'].id).toBe(first['syncJob'].id);
    expect(other['syncJob'].id).not.toBe(first['syncJob'].id);
  });
});

/** Fields that only mutations show: payloads and errors. What is in them is looked at where they are answered, in every probe above. */
const isAnswer = (name: string) => /(Payload|Error)$/.test(name);

it('every field that shows something with an id shows what is one’s own', async () => {
  // A job that is under way, for the fields that show one.
  const { sourceConnection } = await mutate(acme.admin, 'createSourceConnection', {
    name: 'Endless',
    sourceShortName: 'faker',
    collection: { id: acme.inside.collection },
    config: { count: 100_000, recordsPerSecond: 1 },
  });
  const shown = new Set<string>();
  // What somebody sees is decided by the tenant and the collections; who may see more kinds of things is the administrator.
  for (const { tenant, ...who } of everyCaller().filter(({ tenant, role, isRestricted }) => role === 'ADMIN' || (tenant === acme && isRestricted))) {
    const everything = await walk(schema, who.caller, tenant.inside);
    const visible = idsIn(rowsOf(tenant.inside, who.isRestricted));
    const mine = (id: string) => visible.has(id) || [tenant.inside.organization, tenant.inside.collection].includes(id) || id.startsWith('src_');
    for (const found of everything) {
      // Who did something is told also to whom keys are none of their business; it is the tenant's all the same.
      const isOwn =
        found.type === 'Actor'
          ? rowsOf(tenant.inside, false)['api_key']?.some((row) => (row as { id: string }).id === found.id)
          : found.type === 'CollectionRecord'
            ? isRecordOf(tenant, who, found.id)
            : mine(found.id);
      expect([found.at, found.id, isOwn], `${who.title} is shown ${found.at}`).toEqual([found.at, found.id, true]);
      shown.add(found.at);
    }
  }
  await mutate(acme.admin, 'deleteSourceConnection', { id: sourceConnection.id });
  const missing = fieldsWithIds(schema).filter((at) => !isAnswer(at.split('.')[0] ?? '') && !shown.has(at));
  expect(missing, 'let test/support/tenant-world.ts make something that these fields show').toEqual([]);
}, 240_000);

describe('one’s own id', () => {
  const isForAdmins = ({ at, kind }: IdPlace) => ['apiKey', 'webhook'].includes(kind) || at.includes('ApiKey');
  const named = asked.filter(
    ({ at, kind }) =>
      !['cursor', 'idempotencyKey', 'anything', 'readableId'].includes(kind) &&
      // The source connection whose jobs these are says so already.
      at !== 'SourceConnection.syncJobs(filter.sourceConnectionId)',
  );

  it('works for every role that may, and is FORBIDDEN to the others', async () => {
    // Reading comes first, what deletes comes last, and who may not before who may.
    const turn = ({ parent, field }: IdPlace) => (parent !== 'Mutation' ? 0 : /clear|delete/.test(field) ? 2 : 1);
    const callers = acme.callers.toSorted((a, b) => 'VIEWER EDITOR ADMIN'.indexOf(a.role) - 'VIEWER EDITOR ADMIN'.indexOf(b.role));
    for (const place of named.toSorted((a, b) => turn(a) - turn(b))) {
      for (const { title, role, isRestricted, caller } of callers) {
        // It would be gone for those who come after.
        if (/delete/.test(place.field) && (role === 'EDITOR' || isRestricted)) continue;
        const own = acme.inside[place.kind as keyof Things];
        const { data, errors } = await run(caller, probes.callAt(place, own, acme.inside, isRestricted));
        await undo(acme.admin, { data });
        const about = `${title} sends ${place.at} its own ${place.kind}: ${JSON.stringify(data ?? errors).slice(0, 300)}`;
        const mayNot = (place.parent === 'Mutation' && role === 'VIEWER') || (isForAdmins(place) && (role !== 'ADMIN' || isRestricted));
        if (place.parent === 'Mutation') {
          if (mayNot) expect(data?.['result']?.__typename, about).toBe('ForbiddenError');
          else expect(data?.['result']?.__typename, about).not.toMatch(/^(NotFound|Forbidden)Error$|undefined/);
        } else {
          const nobodys = await run(caller, probes.callAt(place, idLike(own), acme.inside));
          expect(essenceOf({ data }, own), about).not.toBe(essenceOf(nobodys, own));
        }
      }
    }
  }, 240_000);
});
