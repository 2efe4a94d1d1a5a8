import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import type { DiscoveredStream, JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import { ownApplicationId } from '../../src/connector/own-database.ts';
import { sqlite } from '../../src/connectors/sqlite.ts';
import { connectorContract, contextFor, readInto, recordsOf, streamToRead } from '../support/connector-contract.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-sqlite-')));
const filesRoot = join(root, 'files');
mkdirSync(filesRoot);
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;

/** A database of its own; `db` is the application that writes it. */
function database(sql: string) {
  const path = `db${++made}.sqlite`;
  const db = new Database(join(filesRoot, path));
  db.exec(sql);
  const context = (signal?: AbortSignal) => contextFor({ connector: sqlite, filesRoot }, { config: { path } }, signal);
  const discover = async (name: string) => {
    const found = (await sqlite.discover(context())).find((stream) => stream.name === name);
    if (!found) throw new Error(`no stream ${name}`);
    return found;
  };
  return { db, path, context, discover, read: async (stream: StreamToRead) => readAll(context(), stream) };
}

async function readAll(context: ReturnType<typeof contextFor>, stream: StreamToRead) {
  const result = { json: [] as string[], keys: [] as (readonly string[] | null)[], rejected: [] as string[], states: [] as JsonObject[] };
  for await (const message of sqlite.read(context, [stream])) {
    if (message.type === 'STREAM_STATUS' && message.status === 'INCOMPLETE') throw message.failure;
    if (message.type === 'STATE') result.states.push(JSON.parse(JSON.stringify(message.state)) as JsonObject);
    if (message.type === 'REJECTED') result.rejected.push(message.reason);
    for (const { key, json } of recordsOf(message)) {
      result.keys.push(key);
      result.json.push(json);
    }
  }
  return result;
}

const incremental = (stream: DiscoveredStream, cursor: string, changes: Partial<StreamToRead> = {}) =>
  streamToRead(stream, { syncMode: 'INCREMENTAL_DEDUPED', cursorField: [cursor], ...changes });

connectorContract('sqlite', async () => {
  const { db, path } = database(`
    create table customer (id integer primary key, name text not null, updated_at text not null);
    create index customer_updated on customer (updated_at);
    create table no_index (id integer primary key, updated_at text not null, note text);
    create table by_code (code text primary key collate nocase, n integer, last_modified datetime not null) without rowid;
    create table pair (a text not null, b integer not null, v blob, primary key (b, a));
    create table keyless (v, updated_at text);
    create table nullable_key (k text primary key, updated_at integer);
    create index nullable_key_updated on nullable_key (updated_at);
    create view customer_view as select id, name, updated_at from customer;
    create virtual table words using fts5 (word);
    create table "Odd ""name""" (rowid text, _rowid_ text, oid text, "a""b" int);
    insert into "Odd ""name""" values ('1', '2', '3', 4);
    insert into words values ('one'), ('two');`);
  const fill = db.transaction(() => {
    const statements = [
      "insert into customer values (:n, 'name ' || :n, '2024-01-01 00:00:' || printf('%02d', :n / 400))",
      "insert into no_index values (:n, '2024-01-01 00:00:' || printf('%02d', (12000 - :n) / 400), null)",
      "insert into by_code values ('code' || :n, :n, :n % 7)",
      "insert into pair values ('p' || (:n % 10), :n / 10, zeroblob(:n % 5))",
      'insert into keyless values (:n, case when :n % 3 then :n % 100 end)',
      'insert into nullable_key values (:n, case when :n % 3 then :n % 100 end)',
    ].map((sql) => db.prepare(sql));
    for (let index = 0; index < 12_000; index++) for (const statement of statements) statement.run({ n: BigInt(index) });
  });
  fill();
  db.exec('analyze');
  return {
    connector: sqlite,
    filesRoot,
    config: { path },
    alsoRead: (found) => {
      const stream = (name: string) => found.find((each) => each.name === name) as DiscoveredStream;
      return [
        incremental(stream('pair'), 'a'),
        incremental(stream('nullable_key'), 'updated_at'),
        incremental(stream('keyless'), 'updated_at', { primaryKey: [['v']] }),
        incremental(stream('customer_view'), 'updated_at', { primaryKey: [['id']] }),
        streamToRead(stream('customer'), { selectedFields: ['name'] }),
      ];
    },
    close: async () => void db.close(),
  };
});

describe('what is discovered', () => {
  test('types, keys, cursors and counts come from the declarations', async () => {
    const { db, discover } = database(`
      create table t (id integer primary key, big bigint not null, price decimal(10,2), ratio double, any_value, body blob, made text generated always as (id || 'x'), updated_at datetime not null);
      insert into t (big, updated_at) values (1, 'a'), (2, 'b');
      analyze;`);
    expect(await discover('t')).toMatchObject({
      namespace: null,
      defaultCursorField: ['updated_at'],
      sourceDefinedPrimaryKey: [['id']],
      jsonSchema: {
        properties: {
          id: { type: ['integer', 'string'], 'x-sqlite-type': 'INTEGER' },
          big: { type: ['integer', 'string'] },
          price: { type: ['number', 'string', 'null'] },
          ratio: { type: ['number', 'string', 'null'] },
          any_value: {},
          body: { type: ['string', 'null'], contentEncoding: 'base64' },
          made: { type: ['string', 'null'] },
          updated_at: { 'x-sqlite-type': 'datetime' },
        },
      },
    });
    db.exec('create index t_big on t (big); analyze');
    expect((await discover('t')).estimatedRecordCount).toBe(2);
  });

  test('a view that is broken is left out with a warning, the rest is read', async () => {
    const { path } = database('create table t (a); create table gone (a); create view broken as select a from gone; insert into t values (1);');
    new Database(join(filesRoot, path)).exec('pragma writable_schema = 1; pragma legacy_alter_table = 1; drop table gone;').close();
    const warnings: string[] = [];
    const context = {
      ...contextFor({ connector: sqlite, filesRoot }, { config: { path } }),
      log: (_: string, message: string) => void warnings.push(message),
    };
    expect((await sqlite.discover(context)).map(({ name }) => name)).toEqual(['t']);
    expect(warnings).toEqual([expect.stringContaining('broken')]);
  });
});

describe('values', () => {
  test('lose nothing on the way', async () => {
    const { db, discover, read } = database('create table v (id integer primary key, x)');
    const insert = db.prepare('insert into v (x) values (?)');
    const cases: [unknown, unknown][] = [
      [9007199254740991n, 9007199254740991],
      [9007199254740992n, '9007199254740992'],
      [-9223372036854775808n, '-9223372036854775808'],
      [0.1, 0.1],
      [1e308, 1e308],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [Number.NaN, null],
      [null, null],
      ['', ''],
      ['nul\u0000 "quote" \\ \n \u2028 😀', 'nul\u0000 "quote" \\ \n \u2028 😀'],
      [Buffer.from([0, 255, 10]), 'AP8K'],
      [Buffer.alloc(0), ''],
    ];
    for (const [value] of cases) insert.run(value);
    db.exec("insert into v (x) values (cast(x'61ff62' as text))");
    const { json } = await read(streamToRead(await discover('v')));
    expect(json.map((record) => (JSON.parse(record) as { x: unknown }).x)).toEqual([...cases.map(([, expected]) => expected), 'a\ufffdb']);
    expect(json[1]).toBe('{"id":2,"x":"9007199254740992"}');
  });

  test('a record without a part of its key is rejected, the others come', async () => {
    const { discover, read } = database("create table k (a text primary key, b); insert into k values ('x', 1), (null, 2), ('y', 3), (null, 4);");
    const { keys, rejected } = await read(streamToRead(await discover('k')));
    expect(keys).toEqual([['x'], ['y']]);
    expect(rejected).toHaveLength(2);
  });

  test('keys that are not UTF-8 neither stop nor repeat the reading', async () => {
    const { db, discover, context } = database('create table bad (k text primary key not null, n integer not null)');
    db.transaction(() => {
      const insert = db.prepare('insert into bad values (cast(? as text), ?)');
      for (let n = 0; n < 12_000; n++) insert.run(Buffer.concat([Buffer.from([0x61, 0x80 + (n % 64)]), Buffer.from(String(n))]), n);
    })();
    const stream = await discover('bad');
    for (const each of [streamToRead(stream, { primaryKey: [['n']] }), incremental(stream, 'k', { primaryKey: [['n']] })]) {
      const { byKey, states } = await readInto(sqlite, context(), each);
      expect(byKey.size).toBe(12_000);
      const first = await readInto(sqlite, context(), each, 0);
      const rest = await readInto(sqlite, context(), { ...each, state: states[0] ?? null }, undefined, first.byKey);
      expect(rest.byKey.size).toBe(12_000);
    }
  });
});

describe('reading again', () => {
  const create = `
    create table item (id integer primary key, v text, updated_at text not null);
    create index item_updated on item (updated_at);
    insert into item values (1, 'a', '2024-01-01'), (2, 'b', '2024-01-02'), (3, 'c', '2024-01-02');`;

  test.each([
    ['with an index on the cursor', ''],
    ['without one', 'drop index item_updated;'],
  ])('brings what changed, and what shares the last cursor, %s', async (_title, sql) => {
    const { db, discover, read } = database(create + sql);
    const stream = incremental(await discover('item'), 'updated_at');
    const first = await read(stream);
    expect(first.keys).toEqual([['1'], ['2'], ['3']]);
    db.exec("update item set v = 'new', updated_at = '2024-01-03' where id = 1; insert into item values (0, 'late', '2024-01-02');");
    const second = await read({ ...stream, state: first.states.at(-1) ?? null });
    expect(second.keys).toEqual([['0'], ['2'], ['3'], ['1']]);
    expect((await read({ ...stream, state: second.states.at(-1) ?? null })).keys).toEqual([['1']]);
  });

  test('what is written while a pass goes on is not lost, even when it shares a cursor', async () => {
    const { db, discover, context, read } = database(
      'create table e (id integer primary key, updated_at integer not null); create index e_u on e (updated_at);',
    );
    const insert = db.prepare('insert into e values (?, ?)');
    db.transaction(() => {
      for (let id = 10; id < 12_010; id++) insert.run(id, id < 6_000 ? 1 : 2);
    })();
    const stream = incremental(await discover('e'), 'updated_at');
    const keys = new Set<string>();
    let state: JsonObject | null = null;
    let isFirst = true;
    for await (const message of sqlite.read(context(), [stream])) {
      for (const { key } of recordsOf(message)) keys.add(String(key));
      if (message.type === 'STATE') {
        state = message.state;
        // Lower ids than those that were read with this cursor, and a higher cursor.
        if (isFirst) for (let id = 0; id < 10; id++) insert.run(id, id < 5 ? 2 : 3);
        isFirst = false;
      }
    }
    const next = await read({ ...stream, state });
    for (const key of next.keys) keys.add(String(key));
    expect(keys.size).toBe(12_010);
  });

  test('row ids that VACUUM gave anew are not mistaken for the old ones', async () => {
    const { db, discover, context, read } = database('create table loose (v integer)');
    db.transaction(() => {
      for (let v = 0; v < 12_000; v++) db.prepare('insert into loose values (?)').run(v);
      db.exec('delete from loose where v % 2 = 0');
    })();
    const stream = streamToRead(await discover('loose'));
    const { states } = await readInto(sqlite, context(), stream, 0);
    db.exec('vacuum');
    expect((await read({ ...stream, state: states[0] ?? null })).json).toHaveLength(6_000);
  });
});

describe('other programs', () => {
  const rows = 'create table t (id integer primary key); insert into t values (1), (2);';

  test('one that writes in WAL mode is not waited for, and its commits are seen', async () => {
    const { db, discover, read } = database(`pragma journal_mode = wal; ${rows}`);
    const stream = streamToRead(await discover('t'));
    db.exec('begin immediate; insert into t values (3)');
    expect((await read(stream)).json).toHaveLength(2);
    db.exec('commit');
    expect((await read(stream)).json).toHaveLength(3);
  });

  test('one that holds the lock for a while is waited for, and the event loop goes on', async () => {
    const { db, discover, read } = database(rows);
    const stream = streamToRead(await discover('t'));
    db.exec('begin exclusive');
    setTimeout(() => db.exec('commit'), 300);
    expect((await read(stream)).json).toHaveLength(2);
  });

  test('one that never lets go makes a failure that is worth another try', async () => {
    const { db, context } = database(rows);
    db.exec('begin exclusive');
    await expect(sqlite.discover(context())).rejects.toMatchObject({ name: 'SourceFailure', type: 'TRANSIENT' });
    db.exec('rollback');
  }, 30_000);

  test('can write while a table is being read', async () => {
    const { db, discover, context } = database('create table t (id integer primary key, v text)');
    db.transaction(() => {
      for (let id = 0; id < 20_000; id++) db.prepare('insert into t values (?, ?)').run(id, 'x'.repeat(50));
    })();
    let writes = 0;
    for await (const message of sqlite.read(context(), [streamToRead(await discover('t'))])) {
      if (message.type === 'RECORDS') writes += db.prepare("update t set v = 'y' where id = 1").run().changes;
    }
    expect(writes).toBe(4);
  });
});

describe('which databases may be read', () => {
  const check = (path: string, ownPaths: string[] = []) =>
    runCheck(sqlite, { ...contextFor({ connector: sqlite, filesRoot }, { config: { path } }), ownPaths }, (text) => text);

  test('those inside the root: no links out of it, no folders, pipes or devices', async () => {
    const { path } = database('create table t (a)');
    const outside = join(root, 'outside.sqlite');
    new Database(outside).exec('create table t (a)').close();
    symlinkSync(outside, join(filesRoot, 'link.sqlite'));
    symlinkSync(path, join(filesRoot, 'inner.sqlite'));
    expect(await check('inner.sqlite')).toMatchObject({ status: 'PASSED', steps: [{ title: 'Open the file' }, { title: 'List the tables' }] });
    expect(await check(join(filesRoot, path))).toMatchObject({ status: 'PASSED' });
    for (const bad of [
      'link.sqlite',
      outside,
      '../outside.sqlite',
      '.',
      'missing.sqlite',
      '/dev/zero',
      'nul\u0000',
      `file:${join(filesRoot, path)}`,
      ':memory:',
    ]) {
      expect(await check(bad), bad).toMatchObject({ status: 'FAILED', failureType: 'CONFIG' });
    }
  });

  test('none of the gateway itself, by its place or by its mark', async () => {
    const { path } = database('create table t (a)');
    const copy = database(`create table t (a); pragma application_id = ${ownApplicationId}`);
    expect(await check(path, [filesRoot])).toMatchObject({ status: 'FAILED', message: expect.stringContaining('gateway') });
    expect(await check(path, [join(filesRoot, path)])).toMatchObject({ status: 'FAILED' });
    expect(await check(copy.path)).toMatchObject({ status: 'FAILED', message: expect.stringContaining('gateway') });
  });

  test('what is no database, empty or damaged is told in words', async () => {
    writeFileSync(join(filesRoot, 'text.sqlite'), 'hello, world\n'.repeat(1000));
    writeFileSync(join(filesRoot, 'empty.sqlite'), '');
    expect(await check('text.sqlite')).toMatchObject({ failureType: 'CONFIG', message: expect.stringContaining('not a SQLite database') });
    expect(await check('empty.sqlite')).toMatchObject({ failureType: 'CONFIG', message: expect.stringContaining('empty') });
    const { path } = database('');
    new Database(join(filesRoot, path)).exec('create table gone (a); drop table gone').close();
    expect(await check(path)).toMatchObject({ status: 'WARNING' });
  });

  test('reading leaves the file as it was', async () => {
    const { db, discover, read } = database('create table t (a); insert into t values (1)');
    const before = db.pragma('data_version', { simple: true });
    await read(streamToRead(await discover('t')));
    expect(db.pragma('data_version', { simple: true })).toBe(before);
  });
});
