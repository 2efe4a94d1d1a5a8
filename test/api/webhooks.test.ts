import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createHook, deliveriesOf, everyEvent, type HookReceiver, type NewHook, readHook, startReceiver, verify } from '../support/hook-receiver.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
let receiver: HookReceiver;
beforeAll(async () => {
  const env = { HEADGATE_TICK_MS: '200', HEADGATE_WEBHOOK_RETRY_BASE_MS: '1', HEADGATE_WEBHOOK_TIMEOUT_SECONDS: '1' };
  [gateway, receiver] = await Promise.all([startGateway({ env }), startReceiver()]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await receiver?.close();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = () => 204;
});

/** A webhook for the time of a test. */
const hook = async (events?: readonly string[], path = '/'): Promise<NewHook> => {
  const created = await createHook(gateway, receiver.url(path), events);
  onTestFinished(async () => {
    await mutate(gateway, 'deleteWebhook', { id: created.id });
  });
  return created;
};
/** Runs a new source connection once. */
const sync = async () => {
  const connection = await connect(gateway, { config: { count: 1 } });
  const syncJobId = await run(gateway, connection.id);
  return { ...connection, syncJobId, job: await endOf(gateway, syncJobId) };
};
/** Pending no longer, whichever way. */
const settled = (id: string, count: number) =>
  eventually(async () => {
    const lines = await deliveriesOf(gateway, id);
    expect(lines.length).toBe(count);
    expect(lines.filter(({ delivered, attempt }) => !delivered && attempt < 5)).toEqual([]);
  }, 20_000);
const statesOf = async (id: string) =>
  (await deliveriesOf(gateway, id)).map(({ attempt, responseStatus, delivered }) => [attempt, responseStatus, delivered]);
const told = () => receiver.received.map(({ payload }) => payload.data.to ?? payload.data.status);
const transitions = ['SYNC_JOB_TRANSITION'];
const path = ['PENDING', 'RUNNING', 'SUCCEEDED'];

describe('a webhook', () => {
  test('is told of every transition, in order, signed so that the library of receivers accepts it', async () => {
    const { id, secret } = await hook(transitions);
    const { id: sourceConnectionId, collectionId, syncJobId, job } = await sync();
    await eventually(() => expect(receiver.received.length).toBe(3));
    const { syncJob } = await gateway.query(
      'query ($id: ID!) { syncJob(id: $id) { sourceConnection { organization { id } } transitions { id sequence from to occurredAt reason attempt actor { kind id name } } } }',
      { id: syncJobId },
    );
    const common = { organizationId: syncJob.sourceConnection.organization.id, collectionId, sourceConnectionId, syncJobId };
    expect(receiver.received.map(({ payload }) => payload)).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: as the API gives it
      syncJob.transitions.map((transition: any) => ({
        type: 'sync_job.transition',
        timestamp: transition.occurredAt,
        data: { ...transition, ...common },
      })),
    );
    expect(job.transitions.map(({ to }) => to)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
    for (const one of receiver.received) {
      verify(secret, one);
      expect(one.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Headgate' });
    }
    await settled(id, 3);
    expect(await deliveriesOf(gateway, id)).toEqual(
      receiver.received.map(({ id: delivery, payload }) => ({
        id: delivery,
        event: 'SYNC_JOB_TRANSITION',
        at: payload.timestamp,
        attempt: 1,
        responseStatus: 204,
        delivered: true,
      })),
    );
  });

  test('is told of every status of a source connection, the first too', async () => {
    await hook(['SOURCE_CONNECTION_STATUS']);
    const { id } = await sync();
    const told = () => receiver.received.map(({ payload }) => [payload.type, payload.data.sourceConnectionId, payload.data.status]);
    await eventually(() => expect(told()).toEqual(['ACTIVE', 'SYNCING', 'ACTIVE'].map((status) => ['source_connection.status', id, status])));
    const { sourceConnection } = await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { name version health } }', { id });
    expect(receiver.received.at(-1)?.payload.data).toMatchObject({ ...sourceConnection, statusReason: null, pauseReason: null });
    await mutate(gateway, 'pauseSourceConnection', { id });
    await eventually(() => expect(receiver.received.at(-1)?.payload.data).toMatchObject({ status: 'PAUSED', pauseReason: 'USER' }));
  });
});

describe('the webhooks of an organization', () => {
  const input = { url: 'https://hooks.invalid/in?to=us', events: everyEvent };
  const create = (more: object = {}) => mutate(gateway, 'createWebhook', { ...input, ...more });
  const all = async () => (await gateway.query('{ webhooks { id url events enabled disabledReason createdAt } }')).webhooks;
  const removeAll = async () => {
    for (const { id } of await all()) await mutate(gateway, 'deleteWebhook', { id });
  };

  test('are created, listed, changed and deleted; the secret is shown once', async () => {
    const { secret, webhook } = await create({ events: ['SYNC_JOB_TRANSITION', 'SYNC_JOB_TRANSITION'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^wh_/),
      url: input.url,
      events: ['SYNC_JOB_TRANSITION'],
      enabled: true,
      disabledReason: null,
      createdAt: expect.stringMatching(/Z$/),
    });
    const second = (await create())['webhook'];
    expect(await all()).toEqual([second, webhook]);
    const changes = { url: 'https://hooks.invalid/other', events: ['SOURCE_CONNECTION_STATUS'], enabled: false };
    const changed = { ...webhook, ...changes };
    expect((await mutate(gateway, 'updateWebhook', { id: webhook.id, ...changes }))['webhook']).toEqual(changed);
    expect((await mutate(gateway, 'updateWebhook', { id: webhook.id }))['webhook']).toEqual(changed);
    expect((await mutate(gateway, 'updateWebhook', { id: webhook.id, enabled: true }))['webhook']).toEqual({ ...changed, enabled: true });
    expect(await mutate(gateway, 'deleteWebhook', { id: webhook.id })).toMatchObject({ deletedId: webhook.id });
    expect(await all()).toEqual([second]);
    expect((await gateway.query('query ($id: ID!) { node(id: $id) { id } }', { id: webhook.id })).node).toBeNull();
    for (const [operation, more] of [
      ['updateWebhook', {}],
      ['deleteWebhook', {}],
      ['replayWebhook', { since: new Date().toISOString() }],
    ] as const)
      expect(await mutate(gateway, operation, { id: webhook.id, ...more })).toMatchObject({ __typename: 'NotFoundError', id: webhook.id });
    await removeAll();
  });

  test('are not where they could never be delivered to', async () => {
    for (const url of [
      'ftp://hooks.invalid/',
      'file:///etc/passwd',
      'https://ada:secret@hooks.invalid/',
      `https://hooks.invalid/${'x'.repeat(2048)}`,
    ]) {
      expect(issuePaths(await create({ url }))).toEqual(['url']);
    }
    // Even where private addresses are allowed.
    for (const host of ['169.254.169.254', '[fe80::1]', '0.0.0.0', '2852039166'])
      expect(issuePaths(await create({ url: `http://${host}/` }))).toEqual(['url']);
    expect(issuePaths(await create({ events: [] }))).toEqual(['events']);
    const { webhook } = await create();
    expect(issuePaths(await mutate(gateway, 'updateWebhook', { id: webhook.id, url: 'ftp://hooks.invalid/', enabled: false }))).toEqual(['url']);
    expect(issuePaths(await mutate(gateway, 'updateWebhook', { id: webhook.id, events: [] }))).toEqual(['events']);
    expect(await all()).toEqual([webhook]);
    await removeAll();
  });

  test('are at most twenty', async () => {
    for (let count = 0; count < 20; count++) expect((await create()).__typename).toBe('CreateWebhookPayload');
    expect(await create()).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('20') });
    await mutate(gateway, 'deleteWebhook', { id: (await all())[0].id });
    expect((await create()).__typename).toBe('CreateWebhookPayload');
    await removeAll();
  });
});

describe('a receiver', () => {
  test('that fails gets the same event again, and the next one only when it has it', async () => {
    const { id } = await hook(transitions);
    let requests = 0;
    receiver.answer = () => (++requests <= 3 ? 500 + requests : 200);
    await sync();
    await settled(id, 3);
    expect(told()).toEqual(['PENDING', 'PENDING', 'PENDING', 'PENDING', 'RUNNING', 'SUCCEEDED']);
    expect(new Set(receiver.received.slice(0, 4).map((one) => `${one.id} ${one.body}`)).size).toBe(1);
    expect(await statesOf(id)).toEqual([
      [4, 200, true],
      [1, 200, true],
      [1, 200, true],
    ]);
  });

  test('that does not answer, or breaks off, is asked again', async () => {
    const { id } = await hook(transitions);
    let requests = 0;
    receiver.answer = () => {
      requests += 1;
      if (requests === 1) return () => {};
      return requests === 2 ? (response) => response.destroy() : 204;
    };
    await sync();
    await settled(id, 3);
    expect(await statesOf(id)).toEqual([
      [3, 204, true],
      [1, 204, true],
      [1, 204, true],
    ]);
  });

  test('has the event when its status says so, however long the body is', async () => {
    const { id } = await hook(transitions);
    receiver.answer = () => (response) => {
      const more = () => response.write('x'.repeat(100_000), () => setImmediate(more));
      response.writeHead(202);
      more();
    };
    await sync();
    await settled(id, 3);
    expect(await statesOf(id)).toEqual(path.map(() => [1, 202, true]));
  });

  test('that redirects has failed: nobody else gets the event, which is given up after five attempts', async () => {
    const { id } = await hook(transitions, '/old');
    receiver.answer = ({ path: asked, payload }) =>
      asked === '/old' && payload.data.to === 'PENDING' ? (response) => response.writeHead(307, { location: receiver.url('/new') }).end() : 204;
    await sync();
    await settled(id, 3);
    expect(receiver.received.map((one) => one.path)).toEqual(Array(7).fill('/old'));
    expect(await statesOf(id)).toEqual([
      [5, 307, false],
      [1, 204, true],
      [1, 204, true],
    ]);
    expect(await readHook(gateway, id)).toMatchObject({ enabled: true, disabledReason: null });
  });

  test('that asks for time gets it', async () => {
    const { id } = await hook(transitions);
    const at: number[] = [];
    receiver.answer = () => {
      at.push(Date.now());
      return at.length === 1 ? (response) => response.writeHead(429, { 'retry-after': '1' }).end() : 204;
    };
    await sync();
    await settled(id, 3);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1000);
    expect((await statesOf(id))[0]).toEqual([2, 204, true]);
  });

  test('that fails for one source connection gets the events of the others meanwhile', async () => {
    const { id } = await hook(transitions);
    const first = await connect(gateway, { config: { count: 1 } });
    receiver.answer = ({ payload }) => (payload.data.sourceConnectionId === first.id ? () => {} : 204);
    await endOf(gateway, await run(gateway, first.id));
    await eventually(() => expect(receiver.received.length).toBe(1));
    const second = await sync();
    await eventually(async () => expect((await deliveriesOf(gateway, id)).filter(({ delivered }) => delivered).length).toBe(3));
    expect(receiver.received.filter(({ payload }) => payload.data.sourceConnectionId === second.id).map(({ payload }) => payload.data.to)).toEqual(
      path,
    );
    expect(
      receiver.received.filter(({ payload }) => payload.data.sourceConnectionId === first.id).map(({ payload }) => payload.data.to),
    ).not.toContain('RUNNING');
  });
});

describe('a webhook that is disabled', () => {
  test('at once, by status 410, keeps what was waiting, stores nothing new, and goes on when it is enabled', async () => {
    const { id } = await hook(transitions);
    receiver.answer = () => 410;
    const first = await sync();
    await eventually(async () =>
      expect(await readHook(gateway, id)).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') }),
    );
    await endOf(gateway, first.syncJobId);
    const waiting = await statesOf(id);
    expect(waiting[0]).toEqual([1, 410, false]);
    await sync();
    expect(await statesOf(id)).toEqual(waiting);

    receiver.answer = () => 204;
    receiver.received.length = 0;
    const { webhook } = await mutate(gateway, 'updateWebhook', { id, enabled: true });
    expect(webhook).toMatchObject({ enabled: true, disabledReason: null });
    await settled(id, waiting.length);
    expect(told()).toEqual(path.slice(0, waiting.length));
    const next = await sync();
    await settled(id, waiting.length + 3);
    expect(receiver.received.slice(-3).map(({ payload }) => payload.data.syncJobId)).toEqual(Array(3).fill(next.syncJobId));
  });

  test('by itself after five events in a row that were given up says why', async () => {
    const { id } = await hook(transitions);
    receiver.answer = () => 503;
    await Promise.all([sync(), sync()]);
    await eventually(async () => expect((await readHook(gateway, id)).enabled).toBe(false), 20_000);
    const { disabledReason } = await readHook(gateway, id);
    expect(disabledReason).toBe('5 events in a row were given up after 5 attempts each. The receiver answered with status 503.');
    expect((await deliveriesOf(gateway, id)).filter(({ attempt, delivered }) => attempt === 5 && !delivered).length).toBe(5);
  });

  test('by somebody has no reason', async () => {
    const { id } = await hook(transitions);
    const disabled = await mutate(gateway, 'updateWebhook', { id, enabled: false });
    expect(disabled['webhook']).toMatchObject({ enabled: false, disabledReason: null });
    await sync();
    expect(await deliveriesOf(gateway, id)).toEqual([]);
    expect(receiver.received).toEqual([]);
  });
});

describe('a replay', () => {
  const replay = (id: string, since: string) => mutate(gateway, 'replayWebhook', { id, since });

  test('sends again what happened since, in order, with the same ids and signed anew', async () => {
    const { id, secret } = await hook(transitions);
    await sync();
    await settled(id, 3);
    const sent = receiver.received.slice();
    const lines = await deliveriesOf(gateway, id);
    expect(await replay(id, lines[0]?.at ?? '')).toMatchObject({ __typename: 'ReplayWebhookPayload', scheduled: 3, webhook: { id } });
    await eventually(() => expect(receiver.received.length).toBe(6));
    await settled(id, 3);
    expect(receiver.received.slice(3).map((one) => [one.id, one.body])).toEqual(sent.map((one) => [one.id, one.body]));
    for (const one of receiver.received) verify(secret, one);
    expect(await deliveriesOf(gateway, id)).toEqual(lines);

    expect(await replay(id, lines[2]?.at ?? '')).toMatchObject({ scheduled: 1 });
    await eventually(() => expect(receiver.received.length).toBe(7));
    expect(receiver.received.at(-1)?.id).toBe(sent[2]?.id);
    expect(await replay(id, new Date(Date.now() + 60_000).toISOString())).toMatchObject({ scheduled: 0 });
  });

  test('sends what was given up, with all its attempts, and waits while the webhook is disabled', async () => {
    const { id } = await hook(transitions);
    receiver.answer = ({ payload }) => (payload.data.to === 'RUNNING' ? 500 : 204);
    await sync();
    await settled(id, 3);
    const lines = await deliveriesOf(gateway, id);
    expect(lines.map(({ delivered }) => delivered)).toEqual([true, false, true]);
    await mutate(gateway, 'updateWebhook', { id, enabled: false });
    receiver.answer = () => 204;
    receiver.received.length = 0;
    expect(await replay(id, lines[1]?.at ?? '')).toMatchObject({ scheduled: 2 });
    expect((await statesOf(id)).slice(1)).toEqual([
      [0, null, false],
      [0, null, false],
    ]);
    expect(receiver.received).toEqual([]);
    await mutate(gateway, 'updateWebhook', { id, enabled: true });
    await settled(id, 3);
    expect(told()).toEqual(['RUNNING', 'SUCCEEDED']);
  });
});

test('the history is read page by page, the newest first', async () => {
  const { id } = await hook();
  await sync();
  await sync();
  await eventually(async () => expect((await deliveriesOf(gateway, id)).length).toBeGreaterThanOrEqual(10));
  const { nodes: everything } = (await readHook(gateway, id)).deliveries;
  const first = (await readHook(gateway, id, { first: 4 })).deliveries;
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  const second = (await readHook(gateway, id, { first: 100, after: first.pageInfo.endCursor })).deliveries;
  expect([...first.nodes, ...second.nodes].map((line: { id: string }) => line.id)).toEqual(everything.map((line: { id: string }) => line.id));
  const back = (await readHook(gateway, id, { last: 4, before: second.pageInfo.startCursor })).deliveries;
  expect(back.edges).toEqual(first.edges);
});
