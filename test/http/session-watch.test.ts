import { afterEach, describe, expect, it } from 'vitest';
import { ForbiddenError, UnauthorizedError } from '../../src/errors.ts';
import type { HttpOptions } from '../../src/http/options.ts';
import { localActor } from '../../src/lib/actor.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
/** What becomes of each key, and how often it was asked for. */
let refusals: Record<string, Error>;
let asked: string[];
const authenticate: HttpOptions['authenticate'] = async ({ headers, connectionParams }) => {
  const key = String(connectionParams?.['key'] ?? headers['x-api-key']);
  asked.push(key);
  if (refusals[key]) throw refusals[key];
  const expiresAt = key.startsWith('until') ? new Date(Number(key.slice(5))) : null;
  const caller = { organizationId: 'org', collectionIds: null, actor: localActor, role: 'ADMIN' } as const;
  return { principal: key, credential: key, expiresAt, caller };
};
const start = async () => {
  refusals = {};
  asked = [];
  gateway = await startTinyHttp({ authenticate, sessionCheckMs: 20, maskError: () => undefined });
};
afterEach(() => gateway.stop());

const openSocket = async (key: string) => {
  const raw = await openRawSocket(gateway.socketUrl, { init: false });
  raw.send({ type: 'connection_init', payload: { key } });
  const first = await Promise.race([raw.next(), raw.closed]);
  return { ...raw, first };
};
const openStream = (key: string) => gateway.post({ query: 'subscription { silent { number } }' }, { accept: 'text/event-stream', 'x-api-key': key });

describe('an open connection', () => {
  it.each([
    ['revoked', new UnauthorizedError('Revoked.')],
    ['barred', new ForbiddenError('Barred.')],
  ])('whose key was %s is ended, with its subscriptions, and those of others stay', async (_how, refusal) => {
    await start();
    const sockets = [await openSocket('bad'), await openSocket('bad')];
    const good = await openSocket('good');
    const stream = await openStream('bad');
    const goodStream = await openStream('good');
    sockets[0]?.send(subscribeFrame('1', 'subscription { silent { number } }'));
    await eventually(() => expect(gateway.gauge.open).toBe(3));
    refusals['bad'] = refusal;
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4403, 4403]);
    await stream.text();
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    good.send({ type: 'ping' });
    expect(await good.next()).toEqual({ type: 'pong' });
    good.socket.close();
    await goodStream.body?.cancel();
  });

  it('ends when its key expires, and cannot be opened after that', async () => {
    await start();
    const key = `until${Date.now() + 200}`;
    const raw = await openSocket(key);
    expect(raw.first).toEqual({ type: 'connection_ack' });
    const stream = await openStream(key);
    expect(await raw.closed).toBe(4403);
    await stream.text();
    expect((await openSocket(key)).first).toBe(4403);
  });

  it('stays while nobody can say whether its key still counts; a new one is asked to come again', async () => {
    await start();
    const raw = await openSocket('key');
    refusals['key'] = new Error('the database does not answer');
    const before = asked.length;
    await eventually(() => expect(asked.length).toBeGreaterThan(before + 3));
    raw.send({ type: 'ping' });
    expect(await raw.next()).toEqual({ type: 'pong' });
    expect(gateway.logged()).toContain('could not be found out');
    expect(gateway.logged()).not.toContain('does not answer');
    expect((await openSocket('key')).first).toBe(1013);
    raw.socket.close();
  });

  it('costs one look for all that came with the same key, and none once it is closed', async () => {
    await start();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket('same')));
    const clock = await openSocket('clock');
    const looks = (key: string) => asked.filter((name) => name === key).length;
    /** How often "same" is looked at while the other one is three times. */
    const inThreeTurns = async () => {
      const [same, turns] = [looks('same'), looks('clock')];
      await eventually(() => expect(looks('clock')).toBeGreaterThanOrEqual(turns + 3));
      return looks('same') - same;
    };
    expect(await inThreeTurns()).toBeLessThanOrEqual(5);
    for (const { socket } of sockets) socket.terminate();
    await eventually(async () => expect(await inThreeTurns()).toBe(0));
    clock.socket.terminate();
  });
});
