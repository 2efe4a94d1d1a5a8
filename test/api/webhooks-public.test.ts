import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../support/caller.ts';
import { shownOnce } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import type { Gateway } from '../support/gateway.ts';
import { deliveriesOf, everyEvent, readHook } from '../support/hook-receiver.ts';
import { createKey, startKeysGateway } from '../support/keys.ts';
import { listening } from '../support/listening.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { connect } from '../support/sync-jobs.ts';

/* Where keys are wanted, and only the public Internet may be dialled. */

let gateway: Gateway;
let admin: Caller;
const servers = listening();
beforeAll(async () => {
  const env = { HEADGATE_WEBHOOK_RETRY_BASE_MS: '1', HEADGATE_WEBHOOK_TIMEOUT_SECONDS: '5' };
  ({ gateway, admin } = await startKeysGateway({ env }));
});
afterAll(async () => {
  await gateway?.cleanUp();
  await servers.close();
});

const create = async (url: string, caller = admin) => {
  const result = await mutate(caller, 'createWebhook', { url, events: everyEvent });
  if (result['secret']) shownOnce('webhook secret', result['secret']);
  return result;
};

describe('a webhook that leads inside', () => {
  test.each(
    `http://hooks.invalid/ https://127.0.0.1/ https://127.1/ https://2130706433/ https://0x7f.1/ https://[::1]/ https://[::ffff:127.0.0.1]/ https://10.0.0.1/
    https://192.168.0.1/ https://169.254.169.254/ https://[fd00::1]/ https://localhost/ https://localhost./ https://hooks.localhost/ https://LOCALHOST:8443/`.split(
      /\s+/,
    ),
  )('%s is refused when it is made, and when another is moved there', async (url) => {
    expect(issuePaths(await create(url))).toEqual(['url']);
    const { webhook } = await create('https://hooks.invalid/');
    expect(issuePaths(await mutate(admin, 'updateWebhook', { id: webhook.id, url }))).toEqual(['url']);
    await mutate(admin, 'deleteWebhook', { id: webhook.id });
  });

  test('by its name is never dialled, and nobody learns more than that it was not reached', async () => {
    const server = await servers.count();
    const inside = await create(`https://${hostname()}:${server.port}/`);
    const nobody = await create('https://hooks.invalid/');
    // An event of each of five source connections, so that both are disabled soon.
    for (let count = 0; count < 5; count++) await connect(admin);
    const reasons = [];
    for (const { webhook } of [inside, nobody]) {
      await eventually(async () => expect((await readHook(admin, webhook.id)).enabled).toBe(false), 60_000);
      expect((await deliveriesOf(admin, webhook.id)).map(({ responseStatus, delivered }) => [responseStatus, delivered])).toEqual(
        Array(5).fill([null, false]),
      );
      reasons.push((await readHook(admin, webhook.id)).disabledReason);
    }
    expect(server.connections).toBe(0);
    const sentence = (host: string) =>
      `5 events in a row were given up after 5 attempts each. ${host} could not be reached. Only servers on the public Internet can be.`;
    expect(reasons).toEqual([sentence(`${hostname()}:${server.port}`), sentence('hooks.invalid')]);
  }, 90_000);
});

test('webhooks are for administrators of the whole organization', async () => {
  const { webhook } = await create('https://hooks.invalid/');
  const { collection } = await mutate(admin, 'createCollection', { name: 'Part' });
  for (const role of [{ role: 'VIEWER' }, { role: 'EDITOR' }, { role: 'ADMIN', collectionIds: [collection.id] }]) {
    const { key } = await createKey(admin, role);
    const caller = gateway.as({ headers: { 'X-API-Key': key } });
    expect((await create('https://hooks.invalid/', caller)).__typename).toBe('ForbiddenError');
    for (const [operation, more] of [
      ['updateWebhook', { enabled: false }],
      ['deleteWebhook', {}],
      ['replayWebhook', { since: new Date().toISOString() }],
    ] as const)
      expect((await mutate(caller, operation, { id: webhook.id, ...more })).__typename).toBe('ForbiddenError');
    expect((await caller.execute('{ webhooks { id } }')).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect((await caller.query('query ($id: ID!) { node(id: $id) { id } }', { id: webhook.id })).node).toBeNull();
  }
  expect((await admin.query('{ webhooks { id enabled } }')).webhooks).toContainEqual({ id: webhook.id, enabled: true });
});
