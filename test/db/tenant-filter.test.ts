import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionEntity } from '../../src/collection/collection.entity.ts';
import type { Db } from '../../src/db/rows.ts';
import { scopedTo, type TenantScope } from '../../src/db/scope.ts';
import { tables } from '../../src/db/tables.ts';
import { inTransaction, type Transaction } from '../../src/db/transaction.ts';
import { entities } from '../../src/entities.ts';
import { OrganizationEntity } from '../../src/organization/organization.entity.ts';
import { ConfiguredStreamEntity } from '../../src/source-connection/configured-stream.entity.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { columnsOf, insertRow, tablesOf } from '../support/tenant-rows.ts';

const own = { organizationId: 'org_own', collectionId: 'col_own' };
const neighbour = { organizationId: 'org_own', collectionId: 'col_neighbour' };
const foreign = { organizationId: 'org_foreign', collectionId: 'col_foreign' };
const all: TenantScope = { organizationId: own.organizationId, collectionIds: null };
const some: TenantScope = { organizationId: own.organizationId, collectionIds: [own.collectionId] };
const nothing: TenantScope = { organizationId: own.organizationId, collectionIds: [] };
/** A collection of somebody else's, as a mistake elsewhere would give it. */
const lost: TenantScope = { organizationId: own.organizationId, collectionIds: [foreign.collectionId] };

const owned = [...tables].flatMap(([name, table]) => (table === 'system' ? [] : [[name, table] as const]));

let open: OpenServices;
/** With every word of Kysely: also those that nobody gets to see outside of here. */
// biome-ignore lint/suspicious/noExplicitAny: any table
const as = (scope: TenantScope) => scopedTo(open.gateway.db, scope) as Kysely<any>;
const native = () => open.control.native;

beforeAll(async () => {
  open = await openServices();
  native().pragma('foreign_keys = OFF');
  for (const [table] of owned)
    for (const place of table === 'organization' ? [own, foreign] : [own, neighbour, foreign]) insertRow(native(), table, place);
});
afterAll(() => open.close());

const count = (table: string, where = 'true') => native().prepare<[], number>(`select count(*) from ${table} where ${where}`).pluck().get();
/** Everything that is not the caller's, as it is stored. */
const others = (scope: TenantScope) =>
  owned.map(([table, { organization, collection }]) => {
    const within = scope.collectionIds === null || !collection ? 'true' : `${collection.column} in ('${scope.collectionIds.join("', '")}')`;
    return native().prepare(`select * from ${table} where not (${organization} = '${scope.organizationId}' and ${within})`).all();
  });

describe('the list of tables', () => {
  it('has every table of the database and every entity, with columns that there are', () => {
    expect(tablesOf(native())).toEqual([...tables.keys()].sort());
    expect(entities.map(({ meta }) => meta.tableName).filter((name) => !tables.has(name))).toEqual([]);
    for (const [name, { organization, collection }] of owned) {
      const columns = columnsOf(native(), name).map((column) => column.name);
      expect(columns, name).toEqual(expect.arrayContaining([organization, ...(collection ? [collection.column] : [])]));
      // Whoever adds such a column has to say so.
      expect(columns.includes('collection_id'), name).toBe(collection?.column === 'collection_id');
    }
  });
});

describe.each(owned)('rows of %s', (table, { organization, collection, restricted }) => {
  const idOf = (row: Record<string, unknown>) => [row[organization], collection ? row[collection.column] : null];
  const seen = async (scope: TenantScope) => (await as(scope).selectFrom(table).selectAll().execute()).map(idOf);

  it('are those of the organization, and of the collections', async () => {
    expect(await seen(all)).toHaveLength(table === 'organization' ? 1 : 2);
    expect(new Set((await seen(all)).map(([id]) => id))).toEqual(new Set([own.organizationId]));
    if (collection) expect(await seen(some)).toEqual([[own.organizationId, own.collectionId]]);
    else expect(await seen(some)).toEqual(restricted === 'everything' ? await seen(all) : []);
    if (collection) expect([await seen(nothing), await seen(lost)]).toEqual([[], []]);
  });

  it.each([
    ['of the organization', all],
    ['of the collections', some],
  ])('%s are the only ones that can be changed or deleted', async (_title, scope) => {
    const texts = columnsOf(native(), table).filter(({ name, type }) => type === 'text' && !/^(id|organization_id|collection_id)$/.test(name));
    const column = texts.find(({ isKey }) => !isKey) ?? texts[0];
    if (!column) throw new Error('Add to this test how to change a row of the table.');
    const before = others(scope);
    const visible = (await seen(scope)).length;
    native().exec('begin');
    try {
      // On the connection that writes, where the statements of a transaction run.
      const db = scopedTo(open.control.orm.em.fork().getKysely() as unknown as Db, scope);
      const [updated] = await db
        .updateTable(table)
        .set({ [column.name]: sql`${sql.ref(column.name)} || '!'` })
        .execute();
      expect(Number(updated?.numUpdatedRows)).toBe(visible);
      expect(count(table, `${column.name} like '%!'`)).toBe(visible);
      const [deleted] = await db.deleteFrom(table).execute();
      expect(Number(deleted?.numDeletedRows)).toBe(visible);
      expect(others(scope)).toEqual(before);
    } finally {
      native().exec('rollback');
    }
  });
});

describe('the filter', () => {
  const ids = async (query: { execute(): Promise<Record<string, unknown>[]> }) => (await query.execute()).map((row) => Object.values(row)[0]);
  const ownOnly = [own.collectionId];

  it('finds each table, wherever it stands and whatever it is called', async () => {
    const db = as(some);
    const found = [
      db.selectFrom('collection as c').select('c.id'),
      db.selectFrom('collection').select('id').where(sql<boolean>`true or id = 'x'`),
      db
        .selectFrom('collection')
        .select('id')
        .where((eb) => eb.or([eb('id', '=', 'x'), eb('id', '<>', 'x')])),
      db.selectFrom(db.selectFrom('collection').select('id').as('inner')).select('inner.id'),
      db.selectFrom((eb) => eb.selectFrom('collection').select('id').as('inner')).select('inner.id'),
      db
        .with('mine', (cte) => cte.selectFrom('collection').select('id'))
        .selectFrom('mine')
        .select('id'),
      db.selectFrom('collection').select('id').union(db.selectFrom('collection').select('id')),
      db
        .selectFrom('collection')
        .select('id')
        .union((eb) => eb.selectFrom('collection').select('id')),
      db.selectFrom('organization').select((eb) => eb.selectFrom('collection').select('id').orderBy('id', 'desc').limit(1).as('id')),
      db.selectFrom('organization').select((eb) => eb.fn.coalesce(eb.selectFrom('collection').select('id').limit(1), eb.val('x')).as('id')),
      db
        .selectFrom('organization')
        .innerJoin('collection', (join) => join.onTrue())
        .select('collection.id'),
      db
        .selectFrom('organization')
        .innerJoin('collection as c', (join) => join.on(sql<boolean>`true or false`))
        .select('c.id'),
      db.selectFrom('organization').leftJoin('collection as c', 'c.organization_id', 'organization.id').select('c.id'),
      db.selectFrom('organization').crossJoin('collection').select('collection.id'),
      db.selectFrom(['organization', 'collection as c']).select('c.id'),
      db
        .selectFrom('collection')
        .select('id')
        .groupBy('id')
        .having((eb) => eb.exists(eb.selectFrom('sync_job').select('id'))),
      db
        .selectFrom('organization')
        .innerJoin(
          (eb) => eb.selectFrom('collection').select('id').as('c'),
          (join) => join.onTrue(),
        )
        .select('c.id'),
    ];
    for (const query of found) expect(await ids(query), query.compile().sql).toEqual(ownOnly);
    const counted = db.selectFrom('collection').select((eb) => eb.fn.countAll().as('count'));
    expect(await ids(counted)).toEqual([1]);
  });

  it('lets an outer join find nothing rather than drop the row', async () => {
    const query = as(lost).selectFrom('organization').leftJoin('collection', 'collection.organization_id', 'organization.id').select('collection.id');
    expect(await ids(query)).toEqual([null]);
  });

  it('sees a condition that asks for a foreign row as one that nothing fits', async () => {
    const foreignJobs = as(all).selectFrom('sync_job').select('id').where('organization_id', '=', foreign.organizationId);
    expect(await ids(foreignJobs)).toEqual([]);
    const through = as(all)
      .selectFrom('organization')
      .select('id')
      .where((eb) => eb.exists(eb.selectFrom('sync_job').select('id').where('organization_id', '=', foreign.organizationId)));
    expect(await ids(through)).toEqual([]);
  });

  it('makes no statement of one that it cannot see through', () => {
    const db = as(all);
    const row = { id: 'col_x', organization_id: own.organizationId };
    const refused: [string, { compile(): unknown }][] = [
      ['add the table to src/db/tables.ts', db.selectFrom('sqlite_schema').selectAll()],
      [
        'add the table to src/db/tables.ts',
        db
          .selectFrom('collection')
          .selectAll()
          .where((eb) => eb.exists(eb.selectFrom('new_table').select('id'))),
      ],
      ['belongs to no organization', db.selectFrom('migration').selectAll()],
      ['another schema', db.withSchema('main').selectFrom('collection').selectAll()],
      ['cannot be seen', db.selectFrom(sql<Record<string, unknown>>`collection`.as('c')).selectAll()],
      ['cannot be seen', db.selectFrom(sql<Record<string, unknown>>`(select * from collection)`.as('c')).selectAll()],
      ['Raw SQL reads a table', db.selectFrom('collection').select(sql`(select max(id) from collection)`.as('id'))],
      ['Raw SQL reads a table', db.selectFrom('collection').select('id').where(sql<boolean>`id in (SELECT id from sync_job)`)],
      ['Raw SQL reads a table', db.selectFrom('collection').select('id').union(sql<{ id: unknown }>`select id from sync_job`)],
      ['TableNode', db.selectFrom('collection').select(sql`count(*) + ${sql.table('sync_job')}`.as('id'))],
      ['RawNode', { compile: () => sql`select * from collection`.compile(db) }],
      ['RightJoin', db.selectFrom('organization').rightJoin('collection', 'collection.organization_id', 'organization.id').selectAll()],
      ['FullJoin', db.selectFrom('organization').fullJoin('collection', 'collection.organization_id', 'organization.id').selectAll()],
      [
        'named like the table',
        db
          .with('collection', (cte) => cte.selectFrom('sync_job').selectAll())
          .selectFrom('collection')
          .selectAll(),
      ],
      ['USING', db.deleteFrom('collection').using('sync_job').where('sync_job.id', '=', 'x')],
      ['MergeQueryNode', db.mergeInto('collection').using('sync_job', 'sync_job.id', 'collection.id').whenMatched().thenDelete()],
      ['DropTableNode', db.schema.dropTable('collection')],
      ['CreateTableNode', db.schema.createTable('mine').addColumn('id', 'text')],
      ['cannot be seen', db.insertInto('collection').columns(['id']).expression(db.selectFrom('sync_job').select('id'))],
      [
        'may change a row that is there',
        db
          .insertInto('collection')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: 'x' })),
      ],
      ['may change a row that is there', db.replaceInto('collection').values(row)],
      ['keeps its "organization_id"', db.updateTable('collection').set({ organization_id: foreign.organizationId })],
      ['keeps its "organization_id"', db.updateTable('collection').set({ organization_id: own.organizationId })],
      ['keeps its "collection_id"', db.updateTable('sync_job').set('collection_id', neighbour.collectionId)],
      ['keeps its "id"', db.updateTable('collection').set({ id: 'col_x' })],
    ];
    for (const [sentence, query] of refused) expect(() => query.compile()).toThrow(sentence);
  });

  it('refuses new rows that are not the caller’s', () => {
    const collection = (values: object) => as(all).insertInto('collection').values(values);
    expect(() => collection({ id: 'col_x', organization_id: own.organizationId }).compile()).not.toThrow();
    expect(() =>
      collection([
        { id: 'col_x', organization_id: own.organizationId },
        { id: 'col_y', organization_id: foreign.organizationId },
      ]).compile(),
    ).toThrow('is not the caller’s'.replace('’', "'"));
    expect(() => collection({ id: 'col_x' }).compile()).toThrow("is not the caller's");
    expect(() => collection({ id: 'col_x', organization_id: sql`'org_foreign'` }).compile()).toThrow("is not the caller's");
    expect(() => as(some).insertInto('collection').values({ id: 'col_x', organization_id: own.organizationId }).compile()).toThrow('makes no other');
    const job = (scope: TenantScope, place: typeof own) =>
      as(scope).insertInto('sync_job').values({ id: 'job_x', organization_id: place.organizationId, collection_id: place.collectionId });
    expect(() => job(some, own).compile()).not.toThrow();
    for (const place of [neighbour, foreign, { ...own, collectionId: foreign.collectionId }])
      expect(() => job(some, place).compile()).toThrow("is not the caller's");
    // Whether a collection is one of the organization's only the database can say.
    expect(() => job(all, own).compile()).toThrow('tx.em');
    expect(() => as(some).insertInto('api_key').values({ id: 'key_x', organization_id: own.organizationId }).compile()).toThrow('makes no row');
    expect(() => as(some).insertInto('audit_entry').values({ id: 'x', organization_id: own.organizationId }).compile()).not.toThrow();
    expect(() => as(all).insertInto('organization').values({ id: 'org_x', name: 'x', created_at: 0 }).compile()).toThrow('makes no organization');
  });
});

describe('the ORM', () => {
  const run = <Result>(scope: TenantScope, work: (tx: Transaction) => Promise<Result>) => inTransaction({ ...open.gateway, scope }, work);
  const undo = new Error('undo');
  const undone = async (scope: TenantScope, work: (tx: Transaction) => Promise<unknown>) => {
    await expect(
      run(scope, async (tx) => {
        await work(tx);
        throw undo;
      }),
    ).rejects.toBe(undo);
  };
  const stream = (place: typeof own) => ({
    ...place,
    id: `str_${place.collectionId}`,
    sourceConnectionId: 'sc_x',
    position: 0,
    name: 'orders',
    namespace: null,
    syncMode: 'FULL_REFRESH_OVERWRITE' as const,
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    configured: true,
    stateForgotten: false,
    state: null,
    recordCount: 0,
  });

  it('changes and deletes only what is the caller’s', async () => {
    await undone(all, async ({ em }) => {
      expect(await em.nativeUpdate(CollectionEntity, {}, { name: 'changed' })).toBe(2);
      expect(await em.nativeUpdate(CollectionEntity, { id: foreign.collectionId }, { name: 'changed' })).toBe(0);
      expect(await em.nativeUpdate(CollectionEntity, { $or: [{ id: foreign.collectionId }, { id: own.collectionId }] }, { name: 'changed' })).toBe(1);
      expect(await em.nativeUpdate(OrganizationEntity, {}, { name: 'changed' })).toBe(1);
      expect(await em.nativeDelete(CollectionEntity, {})).toBe(2);
    });
    await undone(some, async ({ em }) => {
      expect(await em.nativeUpdate(CollectionEntity, {}, { name: 'changed' })).toBe(1);
      expect(await em.nativeUpdate(ConfiguredStreamEntity, { collectionId: neighbour.collectionId }, { name: 'changed' })).toBe(0);
      expect(await em.nativeDelete(ConfiguredStreamEntity, {})).toBe(1);
    });
    await undone(nothing, async ({ em }) => expect(await em.nativeUpdate(CollectionEntity, {}, { name: 'changed' })).toBe(0));
  });

  it('makes no row, and moves none, that would be somebody else’s', async () => {
    await undone(all, async ({ em }) => {
      await em.insertMany(ConfiguredStreamEntity, [stream(own), stream(neighbour)]);
      await expect(em.insert(ConfiguredStreamEntity, stream(foreign))).rejects.toThrow("is not the caller's");
      await expect(em.insert(ConfiguredStreamEntity, stream({ ...own, collectionId: foreign.collectionId }))).rejects.toThrow("another one's");
      await expect(em.insert(ConfiguredStreamEntity, stream({ ...own, collectionId: 'col_nobody' }))).rejects.toThrow("another one's");
      await expect(em.nativeUpdate(ConfiguredStreamEntity, {}, { collectionId: neighbour.collectionId })).rejects.toThrow(
        'keeps its "collection_id"',
      );
      await expect(em.nativeUpdate(CollectionEntity, {}, { organizationId: foreign.organizationId })).rejects.toThrow('keeps its "organization_id"');
    });
    await undone(some, async ({ em }) => {
      await em.insert(ConfiguredStreamEntity, stream(own));
      await expect(em.insertMany(ConfiguredStreamEntity, [stream(own), stream(neighbour)])).rejects.toThrow("is not the caller's");
    });
  });

  it('shows a transaction what its scope allows, and everything only to who asks for it by name', async () => {
    const seen = await run(some, async ({ db, forEveryOrganization }) => [
      (await db.selectFrom('collection').select('id').execute()).length,
      (await forEveryOrganization.db.selectFrom('collection').select('id').execute()).length,
      // And the transaction goes on as it was.
      (await db.selectFrom('collection').select('id').execute()).length,
    ]);
    expect(seen).toEqual([1, 3, 1]);
  });
});

describe('who does not say for whom', () => {
  it('reads nothing and writes nothing', async () => {
    const { reader, orm } = open.control;
    await expect(reader.selectFrom('collection' as never).execute()).rejects.toThrow('Nobody said for whom');
    await expect(orm.em.fork().find(CollectionEntity, {})).rejects.toThrow("No arguments provided for filter 'tenant'");
    await expect(orm.em.fork().nativeDelete(CollectionEntity, {})).rejects.toThrow("No arguments provided for filter 'tenant'");
    const { scope: _, ...forgotten } = open.gateway;
    await expect(inTransaction(forgotten as typeof open.gateway, async () => 'done')).rejects.toThrow('Nobody said');
    for (const scope of [undefined, {}, { organizationId: 'org_own' }, { collectionIds: null }]) {
      expect(() => scopedTo(open.gateway.db, scope as never)).toThrow('Nobody said');
    }
  });
});
