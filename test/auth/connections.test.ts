import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { Caller } from '../support/caller.ts';
import { runCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import type { Gateway } from '../support/gateway.ts';
import { type CliKey, createKey, createKeyByCli, startKeysGateway } from '../support/keys.ts';
import { mutate } from '../support/mutate.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';

let gateway: Gateway;
let admin: Caller;
let adminKey: CliKey;
let socketUrl: string;
beforeAll(async () => {
  ({ gateway, admin, adminKey } = await startKeysGateway());
  socketUrl = `${gateway.url.replace('http', 'ws')}/graphql`;
});
afterAll(() => gateway?.cleanUp());

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
/** What comes first: the acknowledgement, or the code that it is closed with. */
const openSocket = async (payload: object | undefined, headers = {}) => {
  const raw = await openRawSocket(socketUrl, { init: false, headers });
  raw.send({ type: 'connection_init', ...(payload ? { payload } : {}) });
  const first = await Promise.race([raw.next(), raw.closed]);
  return { ...raw, first };
};
const whoAmI = '{ viewer { actor { id } } }';
const transitions = 'subscription { syncJobTransitions { to } }';
const openStream = (headers: Record<string, string>, query = transitions) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query }),
  });
const dataOf = (body: string) => [...body.matchAll(/^event: next\ndata: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));

describe('a WebSocket', () => {
  it('is opened with a key in connectionParams, by any of its names, or in the headers of the upgrade', async () => {
    const { key, id, organizationId } = adminKey;
    const secret = key.slice(30);
    const ways: [object | undefined, Record<string, string>?][] = [
      [{ 'X-API-Key': key }],
      [{ 'x-api-key': key }],
      [{ apiKey: key }],
      [{ Authorization: `Bearer ${key}` }],
      [{ authorization: `bearer ${key}` }],
      [{ authorization: basic(id, secret) }],
      [{ apiKey: key, organizationId }],
      [{ apiKey: key, 'X-Organization-ID': organizationId }],
      [undefined, { 'x-api-key': key }],
      [{ apiKey: key }, { authorization: `Bearer ${key}` }],
    ];
    for (const [payload, headers] of ways) {
      const raw = await openSocket(payload, headers);
      expect(raw.first).toEqual({ type: 'connection_ack' });
      raw.send(subscribeFrame('1', whoAmI));
      expect(await raw.next()).toEqual({ id: '1', type: 'next', payload: { data: { viewer: { actor: { id } } } } });
      raw.socket.close();
    }
  });

  it('without a key, or with one that does not count, is closed with 4403', async () => {
    const { key, id } = adminKey;
    const other = await createKey(admin, {});
    const wrong: [object | undefined, Record<string, string>?][] = [
      [undefined],
      [{}],
      [{ apiKey: '' }],
      [{ apiKey: 7 }],
      [{ apiKey: { key } }],
      [{ apiKey: `${key}x` }],
      [{ headers: { 'X-API-Key': key } }],
      [{ authorization: key }],
      [{ authorization: basic(id, 'wrong') }],
      [{ apiKey: key, organizationId: 'org_01h455vb4pex5vsknk084sn02q' }],
      [{ apiKey: key, organizationId: 7 }],
      // Two answers to the question who it is.
      [{ apiKey: key, authorization: `Bearer ${other.key}` }],
      [{ apiKey: key }, { 'x-api-key': other.key }],
    ];
    for (const [payload, headers] of wrong) expect([payload, (await openSocket(payload, headers)).first]).toEqual([payload, 4403]);
  });
});

describe('an event stream', () => {
  it('is opened with a key in the headers, and refused without', async () => {
    const response = await openStream({ 'x-api-key': adminKey.key }, whoAmI);
    expect(dataOf(await response.text())).toEqual([{ data: { viewer: { actor: { id: adminKey.id } } } }]);
    for (const headers of [{}, { 'x-api-key': 'nonsense' }]) {
      const refused = await openStream(headers);
      expect(dataOf(await refused.text())).toEqual([{ errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHORIZED' } }] }]);
    }
  });
});

describe('whoever is connected', () => {
  /** A socket and a stream that wait for something to happen. */
  const connect = async (key: string) => {
    const socket = await openSocket({ apiKey: key });
    expect(socket.first).toEqual({ type: 'connection_ack' });
    socket.send(subscribeFrame('1', transitions));
    const stream = await openStream({ 'x-api-key': key });
    expect(stream.status).toBe(200);
    const bystander = await openSocket({ apiKey: adminKey.key });
    return {
      async areThrownOut() {
        expect(await socket.closed).toBe(4403);
        const body = await stream.text();
        expect(dataOf(body)).toEqual([{ errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHORIZED' } }] }]);
        expect(body.endsWith('event: complete\ndata:\n\n')).toBe(true);
        bystander.send({ type: 'ping' });
        expect(await bystander.next()).toEqual({ type: 'pong' });
        bystander.socket.close();
      },
    };
  };

  it('is thrown out when the key is revoked through the API', async () => {
    const { key, apiKey } = await createKey(admin, {});
    const connected = await connect(key);
    await mutate(admin, 'revokeApiKey', { id: apiKey.id });
    await connected.areThrownOut();
  });

  it('is thrown out when the key is revoked by another process', async () => {
    const { key, organizationId } = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'VIEWER');
    expect(organizationId).not.toBe(adminKey.organizationId);
    const connected = await connect(key);
    expect((await runCommand(['keys', 'revoke', key.slice(0, 29)], { env: { HEADGATE_DATA_DIR: gateway.dataDir } })).status).toBe(0);
    await connected.areThrownOut();
  });

  it('is thrown out when the key expires', async () => {
    const expiresAt = new Date(Date.now() + 3_000).toISOString();
    const connected = await connect((await createKey(admin, { expiresAt })).key);
    await connected.areThrownOut();
  });

  it('sees no event that comes after the key was revoked', async () => {
    const { key, apiKey } = await createKey(admin, {});
    const socket = await openSocket({ apiKey: key });
    socket.send(subscribeFrame('1', transitions));
    socket.send(subscribeFrame('2', whoAmI));
    const frames: Record<string, unknown>[] = [await socket.next(), await socket.next()];
    expect(frames.map(({ id, type }) => [id, type])).toEqual([
      ['2', 'next'],
      ['2', 'complete'],
    ]);
    socket.socket.on('message', (data) => frames.push(JSON.parse(String(data))));
    await mutate(admin, 'revokeApiKey', { id: apiKey.id });
    await mutate(admin, 'createSourceConnection', { name: 'Fake data', sourceShortName: 'faker', config: { count: 1 } });
    expect(await socket.closed).toBe(4403);
    expect(frames.filter(({ id, type }) => id === '1' && type === 'next')).toEqual([]);
  });

  it('can come back with another key: the graphql-ws client asks for its connectionParams again', async () => {
    const first = await createKey(admin, {});
    const second = await createKey(admin, {});
    const keys = [first.key, second.key];
    const connected: unknown[] = [];
    const codes: unknown[] = [];
    const client = createClient({
      url: socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ apiKey: keys.length > 1 ? keys.shift() : keys[0] }),
      retryWait: async () => {},
      on: { connected: () => connected.push(1), closed: (event) => codes.push((event as { code: number }).code) },
    });
    const failures: unknown[] = [];
    client.subscribe({ query: transitions }, { next: () => {}, error: (error) => failures.push(error), complete: () => {} });
    // Answered after the subscription was let in.
    await client.iterate({ query: whoAmI }).next();
    expect(connected).toHaveLength(1);
    await mutate(admin, 'revokeApiKey', { id: first.apiKey.id });
    await eventually(() => expect(connected).toHaveLength(2));
    expect([codes, failures]).toEqual([[4403], []]);
    await client.dispose();
  });
});
