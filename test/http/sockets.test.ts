import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { UnauthorizedError } from '../../src/errors.ts';
import type { Session } from '../../src/http/options.ts';
import { localActor } from '../../src/lib/actor.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
afterEach(() => gateway.stop());

const session = (principal: string): Session => ({
  principal,
  credential: principal,
  expiresAt: null,
  caller: { organizationId: 'org', collectionIds: null, actor: localActor, role: 'ADMIN' },
});
/** Whoever says who he is. */
const authenticate = async ({ connectionParams }: { connectionParams?: Readonly<Record<string, unknown>> }) =>
  session(String(connectionParams?.['me']));

async function open(me: string) {
  const raw = await openRawSocket(gateway.socketUrl, { init: false });
  raw.send({ type: 'connection_init', payload: { me } });
  return raw;
}

describe('sockets at once', () => {
  it('are counted for each principal; one too many is closed with 1013, the others go on', async () => {
    gateway = await startTinyHttp({ authenticate, sockets: { perPrincipal: 2 } });
    const [first, second] = [await open('ann'), await open('ann')];
    for (const raw of [first, second]) expect(await raw.next()).toEqual({ type: 'connection_ack' });
    expect(await (await open('ann')).closed).toBe(1013);
    const other = await open('bob');
    expect(await other.next()).toEqual({ type: 'connection_ack' });

    first.socket.terminate();
    let again = await open('ann');
    // The gateway hears of the end of the first one a moment later.
    while ((await Promise.race([again.next(), again.closed])) === 1013) again = await open('ann');
    again.send({ type: 'ping' });
    expect(await again.next()).toEqual({ type: 'pong' });
    for (const raw of [second, again, other]) raw.socket.terminate();
  });

  it('of which one was too many are opened by the graphql-ws client as soon as there is room', async () => {
    gateway = await startTinyHttp({ authenticate, sockets: { perPrincipal: 1 } });
    const first = await open('ann');
    await first.next();
    const codes: number[] = [];
    const client = createClient({
      url: gateway.socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: { me: 'ann' },
      retryAttempts: 1_000,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 10)),
    });
    client.on('closed', (event) => codes.push((event as { code: number }).code));
    client.subscribe({ query: 'subscription { silent { number } }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await eventually(() => expect(codes).toContain(1013));
    expect(gateway.gauge.open).toBe(0);
    first.socket.terminate();
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    await client.dispose();
  });

  it('that have not said whose they are are counted for each address; one too many is refused with 429', async () => {
    gateway = await startTinyHttp({ sockets: { unknownPerAddress: 2 }, trustedProxies: ['127.0.0.0/8'] });
    const from = (address: string, init: boolean) => openRawSocket(gateway.socketUrl, { init, headers: { 'x-forwarded-for': address } });
    const known = await from('203.0.113.1', true);
    const first = await from('203.0.113.1', false);
    const second = await from('203.0.113.1', false);
    await expect(from('203.0.113.1', false)).rejects.toThrow('429');
    const other = await from('203.0.113.2', true);
    second.send({ type: 'connection_init' });
    expect(await second.next()).toEqual({ type: 'connection_ack' });
    const third = await from('203.0.113.1', true);
    for (const raw of [known, first, second, third, other]) raw.socket.terminate();
  });

  it('of somebody who may not come in are closed with 4403, and cost no place', async () => {
    gateway = await startTinyHttp({
      authenticate: async () => {
        throw new UnauthorizedError('unknown key');
      },
      sockets: { unknownPerAddress: 1 },
    });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const raw = await open('nobody');
      expect(await raw.closed).toBe(4403);
    }
  });
});

describe('a peer that does not read', () => {
  const flood = 'subscription { counter(to: 100000, padding: 1000) { number padding } }';

  it('is cut off when it leaves two pings without answer, and its streams are closed', async () => {
    gateway = await startTinyHttp({ keepAliveMs: 100 });
    const frozen = await openRawSocket(gateway.socketUrl);
    frozen.socket.pause();
    frozen.send(subscribeFrame('1', flood));
    await eventually(() => expect(gateway.gauge.pulled).toBeGreaterThan(0));
    await eventually(() => expect(gateway.gauge.open).toBe(0));
    frozen.socket.terminate();
  });

  it('is cut off too when it sends pongs that nobody asked for', async () => {
    gateway = await startTinyHttp({ keepAliveMs: 100 });
    const frozen = await openRawSocket(gateway.socketUrl);
    frozen.socket.pause();
    frozen.send(subscribeFrame('1', flood));
    const pongs = setInterval(() => frozen.socket.pong(), 20);
    await eventually(() => expect(gateway.gauge.pulled).toBeGreaterThan(0));
    await eventually(() => expect(gateway.gauge.open).toBe(0));
    clearInterval(pongs);
    frozen.socket.terminate();
  });

  it('is told from one that is merely silent, which stays', async () => {
    gateway = await startTinyHttp({ keepAliveMs: 50 });
    const silent = await openRawSocket(gateway.socketUrl);
    let pings = 0;
    silent.socket.on('ping', () => {
      pings += 1;
    });
    await eventually(() => expect(pings).toBeGreaterThan(5));
    silent.send(subscribeFrame('1', '{ hello }'));
    expect(await silent.next()).toMatchObject({ id: '1', type: 'next' });
    silent.socket.close();
  });
});
