import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import type { Message } from '../../src/connector/messages.ts';
import { faker } from '../../src/connectors/faker.ts';
import { connectorContract, streamToRead } from '../support/connector-contract.ts';

function context(config: JsonObject = {}, signal: AbortSignal = new AbortController().signal) {
  const unreachable = () => Promise.reject(new Error('fake data needs no network'));
  return {
    config: faker.configSchema.parse(config),
    credentials: {},
    authMethod: 'NONE' as const,
    dial: { givesReasons: true, resolve: unreachable, connect: unreachable, startTls: unreachable, fetch: unreachable },
    filesRoot: null,
    ownPaths: [],
    signal,
    log: () => {},
  };
}

function stream(name: string, overrides: Partial<StreamToRead> = {}): StreamToRead {
  return {
    name,
    namespace: null,
    syncMode: 'INCREMENTAL_DEDUPED',
    cursorField: ['updated_at'],
    primaryKey: [['id']],
    selectedFields: null,
    state: null,
    ...overrides,
  };
}

const all = () => ['users', 'products', 'orders'].map((name) => stream(name));

interface Result {
  records: { stream: string; key: readonly string[] | null; json: string }[];
  states: Map<string, JsonObject>;
  messages: Message[];
  failure: unknown;
}

async function read(config: JsonObject, streams = all(), signal?: AbortSignal): Promise<Result> {
  const result: Result = { records: [], states: new Map(), messages: [], failure: undefined };
  try {
    for await (const message of faker.read(context(config, signal), streams)) {
      result.messages.push(message);
      if (message.type === 'RECORDS') for (const record of message.records) result.records.push({ stream: message.stream.name, ...record });
      if (message.type === 'STATE') result.states.set(message.stream.name, message.state);
    }
  } catch (error) {
    result.failure = error;
  }
  return result;
}

const digest = (result: Result) => createHash('sha256').update(JSON.stringify(result.records)).digest('hex');

interface Row extends Record<string, unknown> {
  id: number;
  user_id: number;
  product_id: number;
  quantity: number;
  price: string;
  unit_price: string;
  total: string;
  created_at: string;
  updated_at: string;
}

function rows(result: Result, name: string): Row[] {
  return result.records.filter((record) => record.stream === name).map((record) => JSON.parse(record.json) as Row);
}

describe('the records', () => {
  test('are the same to the byte for the same seed, and others for another seed', async () => {
    const first = await read({ count: 2500, seed: 7 });
    expect(digest(await read({ count: 2500, seed: 7 }))).toBe(digest(first));
    expect(digest(await read({ count: 2500, seed: 8 }))).not.toBe(digest(first));
  });

  test('do not depend on how many there are', async () => {
    const few = rows(await read({ count: 100 }), 'orders');
    expect(rows(await read({ count: 3000 }), 'orders').slice(0, 100)).toEqual(few);
  });

  test('refer to users and products that exist', async () => {
    const result = await read({ count: 999 });
    const ids = (name: string) => new Set(rows(result, name).map((row) => row.id));
    expect([ids('users').size, ids('products').size, ids('orders').size]).toEqual([100, 50, 999]);
    const prices = new Map(rows(result, 'products').map((row) => [row.id, row.price]));
    for (const order of rows(result, 'orders')) {
      expect(ids('users').has(order.user_id)).toBe(true);
      expect(order.unit_price).toBe(prices.get(order.product_id));
      expect(Number(order.total)).toBeCloseTo(Number(order.unit_price) * order.quantity, 6);
    }
  });

  test('match the schema that discover shows, and order by the cursor', async () => {
    const streams = await faker.discover(context({ count: 50 }));
    const result = await read({ count: 50 });
    expect(streams.map((found) => [found.name, found.estimatedRecordCount])).toEqual([
      ['users', 5],
      ['products', 3],
      ['orders', 50],
    ]);
    for (const found of streams) {
      const cursors = rows(result, found.name).map((row) => row.updated_at);
      expect(cursors).toEqual([...new Set(cursors)].sort());
      const properties = found.jsonSchema['properties'] as Record<string, { type: string }>;
      for (const row of rows(result, found.name)) {
        expect(Object.keys(row)).toEqual(Object.keys(properties));
        for (const [name, value] of Object.entries(row))
          expect([name, typeof value]).toEqual([name, properties[name]?.type.replace('integer', 'number')]);
        expect(row.created_at <= row.updated_at).toBe(true);
        expect(new Date(row.updated_at).toISOString()).toBe(row.updated_at.replace('Z', '.000Z'));
      }
    }
  });

  test('hold the selected fields and the configured key only', async () => {
    const { records } = await read({ count: 3 }, [stream('orders', { selectedFields: ['quantity', 'id'], primaryKey: [['user_id'], ['id']] })]);
    expect(records.map((record) => [record.key, Object.keys(JSON.parse(record.json) as object)])).toEqual(
      ['1', '2', '3'].map((id) => [
        ['1', id],
        ['quantity', 'id'],
      ]),
    );
  });

  test('a hundred millionth record costs no more than the first', async () => {
    const late = await read({ count: 100_000_000 }, [stream('orders', { state: { index: 99_999_998 } })]);
    expect(late.records.map((record) => record.key)).toEqual([['99999999'], ['100000000']]);
  });
});

describe('resuming', () => {
  test('from any STATE gives the rest', async () => {
    const whole = await read({ count: 3500 }, [stream('orders')]);
    const states = whole.messages.filter((message) => message.type === 'STATE');
    expect(states.map((message) => message.state)).toEqual([1000, 2000, 3000, 3500].map((index) => ({ index })));
    for (const { state } of states) {
      const rest = await read({ count: 3500 }, [stream('orders', { state })]);
      expect(rest.records).toEqual(whole.records.slice(state['index'] as number));
    }
  });

  test('a finished stream yields nothing until there are more records', async () => {
    expect((await read({ count: 1000 }, [stream('orders', { state: { index: 1000 } })])).records).toEqual([]);
    expect((await read({ count: 1003 }, [stream('orders', { state: { index: 1000 } })])).records.map((record) => record.key)).toEqual([
      ['1001'],
      ['1002'],
      ['1003'],
    ]);
  });

  test('failAfter counts the records of this read over all streams', async () => {
    const first = await read({ count: 3000, failAfter: 2000 });
    expect(first.failure).toMatchObject({ name: 'SourceFailure', type: 'TRANSIENT' });
    expect(first.records).toHaveLength(2000);
    expect(first.states.get('orders')).toEqual({ index: 1000 });
    const second = await read(
      { count: 3000, failAfter: 2000 },
      all().map((each) => ({ ...each, state: first.states.get(each.name) ?? null })),
    );
    expect(second.failure).toBeUndefined();
    expect(second.records).toHaveLength(2000);
    expect(new Set([...first.records, ...second.records].map((record) => record.stream + record.key)).size).toBe(3450);
  });
});

describe('the pace', () => {
  test('a slow source shows progress and a state to resume from each second', async () => {
    const startedAt = performance.now();
    const result = await read({ count: 30, recordsPerSecond: 20 }, [stream('orders')]);
    const elapsedMs = performance.now() - startedAt;
    expect(result.records).toHaveLength(30);
    expect(elapsedMs).toBeGreaterThan(1000);
    expect(result.messages.filter((message) => message.type === 'RECORDS').length).toBeGreaterThanOrEqual(4);
    expect(result.messages.filter((message) => message.type === 'STATE').length).toBeGreaterThanOrEqual(2);
  });

  test.each([1, 0])('an abort ends reading at once at %d records per second', async (recordsPerSecond) => {
    const abort = new AbortController();
    const done = read({ count: 100_000_000, recordsPerSecond }, [stream('orders', { state: { index: 100 } })], abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const abortedAt = performance.now();
    abort.abort();
    const { records, failure } = await done;
    expect(performance.now() - abortedAt).toBeLessThan(800);
    expect(failure).toMatchObject({ name: 'AbortError' });
    expect(records.length).toBeGreaterThan(0);
  });
});

test('a stream that does not exist is incomplete, and the others are read', async () => {
  const result = await read({ count: 5 }, [stream('invoices'), stream('orders')]);
  const ends = result.messages.filter((message) => message.type === 'STREAM_STATUS' && message.status !== 'RUNNING');
  expect(ends).toMatchObject([
    { stream: { name: 'invoices' }, status: 'INCOMPLETE', failure: { type: 'CONFIG' } },
    { stream: { name: 'orders' }, status: 'COMPLETE' },
  ]);
});

test('the test of a connection generates a record', async () => {
  const titles: string[] = [];
  await faker.check(context(), async (title, run) => {
    titles.push(title);
    return run();
  });
  expect(titles).toEqual(['Generate a record']);
});

connectorContract('faker', async () => ({
  connector: faker,
  config: { count: 2500, recordsPerSecond: 0 },
  alsoRead: (found) => found.map((each) => streamToRead(each, { syncMode: 'FULL_REFRESH_APPEND', primaryKey: [] })),
}));
