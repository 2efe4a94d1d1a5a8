import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { inTransaction } from '../../src/db/transaction.ts';
import { claimLane } from '../../src/webhook/claim.ts';
import { createWebhook } from '../../src/webhook/create.ts';
import { deleteWebhook } from '../../src/webhook/delete.ts';
import { deliverWebhooks } from '../../src/webhook/deliver.ts';
import { enqueueEvent } from '../../src/webhook/enqueue.ts';
import { findLanes } from '../../src/webhook/find.ts';
import { releaseLanes } from '../../src/webhook/lane.ts';
import { pruneDeliveries } from '../../src/webhook/prune.ts';
import { getWebhook, lanes } from '../../src/webhook/read.ts';
import { replayWebhook } from '../../src/webhook/replay.ts';
import { rewindLanes } from '../../src/webhook/rewind.ts';
import { settle } from '../../src/webhook/settle.ts';
import { shownOnce } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { type HookReceiver, startReceiver } from '../support/hook-receiver.ts';
import { type OpenServices, openServices } from '../support/services.ts';

let data: OpenServices;
let receiver: HookReceiver;
beforeEach(async () => {
  const env = { HEADGATE_WEBHOOK_RETRY_BASE_MS: '1', HEADGATE_WEBHOOK_TIMEOUT_SECONDS: '5', HEADGATE_TICK_MS: '200' };
  [data, receiver] = await Promise.all([openServices({ env }), startReceiver()]);
});
afterEach(async () => {
  await data?.close();
  await receiver?.close();
});

const hook = async (path = '/') => {
  const { webhook, secret } = await createWebhook(data.ctx, { url: new URL(receiver.url(path)), events: ['SYNC_JOB_TRANSITION'] });
  shownOnce('webhook secret', secret);
  return webhook;
};
/** One event of a source connection. */
const happen = (sourceConnectionId: string, number: number, at = new Date()) =>
  inTransaction(data.ctx, (tx) =>
    enqueueEvent(tx, {
      event: 'SYNC_JOB_TRANSITION',
      organizationId: data.ctx.organizationId,
      sourceConnectionId,
      at,
      data: () => ({ sourceConnectionId, number }),
    }),
  );
const never = new AbortController().signal;
const deliver = (signal = never) => deliverWebhooks(data.worker, signal);
const numbersOf = (sourceConnectionId: string) =>
  receiver.received.filter(({ payload }) => payload.data.sourceConnectionId === sourceConnectionId).map(({ payload }) => payload.data.number);
const rows = (sql: string) => data.control.native.prepare(sql).all() as Record<string, unknown>[];
const laneOf = async (sourceConnectionId: string) => {
  const raw = await data.gateway.db
    .selectFrom('webhook_lane')
    .selectAll()
    .where('source_connection_id', '=', sourceConnectionId)
    .executeTakeFirstOrThrow();
  return lanes.toRow(raw);
};

describe('delivering', () => {
  test('by two at once sends every event once, each source connection in order', async () => {
    await hook();
    const connections = Array.from({ length: 6 }, (_, index) => `sc_${index}`);
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    for (const number of numbers) for (const id of connections) await happen(id, number);
    const underWay = new Set<string>();
    receiver.answer = ({ payload }) => {
      const id = payload.data.sourceConnectionId;
      expect(underWay.has(id)).toBe(false);
      underWay.add(id);
      return (response) =>
        setTimeout(() => {
          underWay.delete(id);
          response.writeHead(204).end();
        }, payload.data.number % 3);
    };
    await Promise.all([deliver(), deliver()]);
    for (const id of connections) expect(numbersOf(id)).toEqual(numbers);
  });

  test('hears of what happens while it waits for something else', async () => {
    await hook();
    await happen('sc_slow', 1);
    let end = () => {};
    receiver.answer = ({ payload }) =>
      payload.data.sourceConnectionId === 'sc_slow'
        ? (response) => {
            end = () => response.writeHead(204).end();
          }
        : 204;
    const delivering = deliver();
    await eventually(() => expect(receiver.received.length).toBe(1));
    await happen('sc_quick', 1);
    await eventually(() => expect(numbersOf('sc_quick')).toEqual([1]));
    end();
    await delivering;
  });

  test('makes no more than four attempts at once for one webhook, and a hanging one does not hold up another', async () => {
    await hook('/hangs');
    const waiting: (() => void)[] = [];
    receiver.answer = ({ path }) => (path === '/hangs' ? (response) => void waiting.push(() => response.writeHead(204).end()) : 204);
    for (let index = 0; index < 40; index++) await happen(`sc_${index}`, 1);
    await hook('/quick');
    // The new one is told of it, too; it comes after forty that are due.
    await happen('sc_last', 1);
    const delivering = deliver();
    await eventually(() => expect(receiver.received.filter(({ path }) => path === '/quick').length).toBe(1));
    let seen = 0;
    while (seen < 41) {
      await eventually(() => expect(waiting.length).toBeGreaterThan(0));
      expect(waiting.length).toBeLessThanOrEqual(4);
      for (const answer of waiting.splice(0)) {
        seen += 1;
        answer();
      }
    }
    await delivering;
  });

  test('that is to stop leaves what it has not begun, and makes again what it broke off', async () => {
    const webhook = await hook();
    await happen('sc_1', 1);
    await happen('sc_1', 2);
    const stop = new AbortController();
    receiver.answer = () => (response) => {
      stop.abort('shutdown');
      response.writeHead(204).end();
    };
    await deliver(stop.signal);
    expect(numbersOf('sc_1')).toEqual([1]);
    expect(await laneOf('sc_1')).toMatchObject({ leaseToken: null, webhookId: webhook.id });
    receiver.answer = () => 204;
    await deliver();
    expect(numbersOf('sc_1')).toEqual([1, 2]);
  });

  test('costs an organization without webhooks nothing that is stored', async () => {
    await happen('sc_1', 1);
    expect([...rows('select * from webhook_delivery'), ...rows('select * from webhook_lane')]).toEqual([]);
  });

  test('sends nothing of a transaction that was rolled back', async () => {
    await hook();
    const failing = inTransaction(data.ctx, async (tx) => {
      const occurrence = {
        event: 'SYNC_JOB_TRANSITION',
        organizationId: data.ctx.organizationId,
        sourceConnectionId: 'sc_1',
        at: new Date(),
      } as const;
      await enqueueEvent(tx, { ...occurrence, data: () => ({}) });
      throw new Error('on second thoughts');
    });
    await expect(failing).rejects.toThrow('on second thoughts');
    await deliver();
    expect(receiver.received).toEqual([]);
  });

  test('is told of by whoever causes an event, also with a key for some collections, and never to another organization', async () => {
    await hook();
    const restricted = data.context({ collectionIds: ['col_1'], role: 'EDITOR' });
    const occurrence = { event: 'SYNC_JOB_TRANSITION', sourceConnectionId: 'sc_1', at: new Date() } as const;
    await inTransaction(restricted, (tx) =>
      enqueueEvent(tx, { ...occurrence, organizationId: restricted.organizationId, data: () => ({ number: 1 }) }),
    );
    await inTransaction(data.gateway, (tx) => enqueueEvent(tx, { ...occurrence, organizationId: 'org_other', data: () => ({ number: 2 }) }));
    await deliver();
    expect(receiver.received.map(({ payload }) => payload.data.number)).toEqual([1]);
  });
});

describe('a lane', () => {
  const leaseMs = 1000;
  const options = { leaseMs, retryBaseMs: 1 };
  const answered = { status: 204, message: 'The receiver answered with status 204.' };

  test('is held by one: who lost it changes nothing any more', async () => {
    const { id } = await hook();
    await happen('sc_1', 1);
    const seen = await laneOf('sc_1');
    const first = await claimLane(data.worker, seen, leaseMs);
    expect(first?.delivery.payload).toContain('"number":1');
    expect(await claimLane(data.worker, seen, leaseMs)).toBeUndefined();
    expect((await findLanes(data.worker.db, [], { altogether: 9, perOrganization: 9, perWebhook: 9 })).due).toEqual([]);
    // Its lease has run out.
    const second = await claimLane(data.worker, await laneOf('sc_1'), leaseMs);
    expect(second?.delivery.id).toBe(first?.delivery.id);
    if (!first || !second) throw new Error('nobody holds it');
    const gone = { status: 410, message: 'The receiver answered with status 410.' };
    expect(await settle(data.worker, first, gone, options)).toBeUndefined();
    expect(rows('select attempt, delivered_at from webhook_delivery')).toEqual([{ attempt: 0, delivered_at: null }]);
    expect((await getWebhook(data.ctx, id)).disabledAt).toBeNull();
    expect(await settle(data.worker, second, answered, options)).toBeUndefined();
    expect(rows('select attempt, response_status from webhook_delivery')).toEqual([{ attempt: 1, response_status: 204 }]);
    expect(await laneOf('sc_1')).toMatchObject({ dueAt: null, leaseToken: null });
  });

  test('that a former process held is free at the start of the next', async () => {
    await hook();
    await happen('sc_1', 1);
    await claimLane(data.worker, await laneOf('sc_1'), 3_600_000);
    await releaseLanes(data.gateway);
    await deliver();
    expect(numbersOf('sc_1')).toEqual([1]);
  });
});

test('a clock that is set back makes no event wait for longer', async () => {
  await hook();
  await happen('sc_1', 1);
  const day = 86_400_000;
  const tomorrow = new Date(Date.now() + day);
  data.control.native.prepare('update webhook_lane set due_at = ?').run(tomorrow.getTime());
  await rewindLanes(data.gateway, { from: tomorrow, to: new Date(tomorrow.getTime() - day) });
  await deliver();
  expect(numbersOf('sc_1')).toEqual([1]);
});

describe('what is stored', () => {
  test('goes with its webhook, under which nothing is sent any more', async () => {
    const { id } = await hook();
    for (let number = 0; number < 3; number++) await happen('sc_1', number);
    await deleteWebhook(data.ctx, id);
    await deliver();
    expect(receiver.received).toEqual([]);
    expect(['webhook', 'webhook_delivery', 'webhook_lane'].map((table) => rows(`select * from ${table}`).length)).toEqual([0, 0, 0]);
  });

  test('goes with its webhook also while another event waits for its next attempt', async () => {
    const { id } = await hook();
    await happen('sc_1', 1);
    await deleteWebhook(data.ctx, id);
    await hook();
    await happen('sc_1', 2);
    const stop = new AbortController();
    receiver.answer = () => (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    const delivering = deliver(stop.signal);
    await eventually(() => expect(rows(`select * from webhook where id = '${id}'`)).toEqual([]));
    stop.abort('shutdown');
    await delivering;
    expect(rows('select attempt from webhook_delivery')).toEqual([{ attempt: 1 }]);
  });

  test('is pruned by age, the oldest first and in batches, also what is pending', async () => {
    await hook();
    const old = new Date(Date.now() - 86_400_000);
    for (let number = 0; number < 5; number++) await happen('sc_1', number, old);
    await happen('sc_1', 5);
    const before = new Date(Date.now() - 3_600_000);
    const removed = [];
    for (let count = -1; count !== 0; removed.push(count)) count = await pruneDeliveries(data.gateway, before, 2);
    expect(removed).toEqual([2, 2, 1, 0]);
    await deliver();
    expect(numbersOf('sc_1')).toEqual([5]);
    await happen('sc_1', 6);
    await deliver();
    expect(numbersOf('sc_1')).toEqual([5, 6]);
  });

  test('is replayed in order also when it is a lot, and refused when it is too much', async () => {
    const { id } = await hook();
    const since = new Date();
    await happen('sc_1', 0);
    const insert = data.control.native.prepare(`insert into webhook_delivery
      (id, organization_id, webhook_id, source_connection_id, event, payload, at, attempt, delivered_at)
      select 'msg_' || ?, organization_id, webhook_id, 'sc_' || (? % 2), event, json_set(payload, '$.data.number', ?), at, 1, at from webhook_delivery limit 1`);
    const fill = data.control.native.transaction((from: number, to: number) => {
      for (let number = from; number <= to; number++) insert.run(number, number, number);
    });
    await deliver();
    fill(1, 1200);
    receiver.received.length = 0;
    expect(await replayWebhook(data.ctx, { id, since })).toMatchObject({ scheduled: 1201 });
    const numbers = Array.from({ length: 1201 }, (_, number) => number);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const delivering = deliver(stop.signal);
    await delivering;
    expect(receiver.received.length).toBe(1201);
    const ofLanes = [0, 1].map((lane) =>
      receiver.received.map(({ payload }) => payload.data.number).filter((number) => number > 0 && number % 2 === lane),
    );
    expect(ofLanes).toEqual([0, 1].map((lane) => numbers.filter((number) => number > 0 && number % 2 === lane)));
    fill(1201, 10_000);
    await expect(replayWebhook(data.ctx, { id, since })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  }, 60_000);
});
