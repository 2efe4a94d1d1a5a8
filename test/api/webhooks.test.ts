import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createHook, deliveriesOf, type HookReceiver, type NewHook, startReceiver, verify } from '../support/hook-receiver.ts';
import { mutate } from '../support/mutate.ts';
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
const settled = (id: string, count: number) =>
  eventually(async () => {
    const lines = await deliveriesOf(gateway, id);
    expect(lines.length).toBe(count);
    expect(lines.every(({ delivered, attempt }) => delivered || attempt === 5)).toBe(true);
  }, 20_000);

describe('a webhook', () => {
  test('is told of every transition, in order, signed so that the library of receivers accepts it', async () => {
    const { id, secret } = await hook(['SYNC_JOB_TRANSITION']);
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
    await eventually(() => expect(receiver.received.at(-1)?.payload.data.status).toBe('ACTIVE'));
    const { sourceConnection } = await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { name version health } }', { id });
    expect(receiver.received.map(({ payload }) => [payload.type, payload.data.sourceConnectionId, payload.data.status])).toEqual(
      ['ACTIVE', 'SYNCING', 'ACTIVE'].map((status) => ['source_connection.status', id, status]),
    );
    expect(receiver.received.at(-1)?.payload.data).toMatchObject({ ...sourceConnection, statusReason: null });
  });
});
