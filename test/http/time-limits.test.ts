import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';
import { transports } from '../support/transports.ts';

let gateway: TinyHttp;
afterEach(() => gateway.stop());

describe.each(transports)('over %s', (_transport, ask) => {
  it('a query that takes too long is given up, and what it had not begun never begins', async () => {
    gateway = await startTinyHttp({ requestTimeoutMs: 50 });
    const { data, errors } = await ask(gateway, { query: '{ chain { next { next { next { next { next { next { next { serial } } } } } } } } }' });
    expect(data).toBeUndefined();
    expect(errors).toEqual([{ message: expect.stringContaining('longer than 0.05 seconds'), extensions: { code: 'LIMIT_EXCEEDED' } }]);
    const { links } = gateway.gauge;
    expect(links).toBeLessThan(8);
    expect((await ask(gateway, { query: '{ slow(ms: 1) }' })).data).toEqual({ slow: 'done' });
    expect(gateway.gauge.links - links).toBeLessThanOrEqual(1);
  });

  it('a mutation is not cut off by the time that a query has', async () => {
    gateway = await startTinyHttp({ requestTimeoutMs: 50 });
    expect(await ask(gateway, { query: 'mutation { slowly(ms: 200) }' })).toEqual({ data: { slowly: 'done' } });
  });
});

it('a query that takes too long is answered with 504, also for application/json', async () => {
  gateway = await startTinyHttp({ requestTimeoutMs: 50 });
  for (const accept of ['application/json', 'application/graphql-response+json'])
    expect((await gateway.post({ query: '{ slow(ms: 60000) }' }, { accept })).status).toBe(504);
});

it('the answer to an event that takes too long is an error, and the subscription ends', async () => {
  gateway = await startTinyHttp({ requestTimeoutMs: 50 });
  const raw = await openRawSocket(gateway.socketUrl);
  raw.send(subscribeFrame('1', 'subscription { counter(to: 3) { slow(ms: 60000) } }'));
  expect(await raw.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  await eventually(() => expect(gateway.gauge.open).toBe(0));
  raw.socket.close();
});

describe('a client that leaves', () => {
  const chain = '{ chain { next { next { next { next { next { next { next { serial } } } } } } } } }';
  /** Until a link that was begun would have begun the next. */
  const noMoreLinks = async () => {
    let before = -1;
    await eventually(() => {
      const now = gateway.gauge.links;
      const settled = now === before;
      before = now;
      expect(settled).toBe(true);
    });
    return gateway.gauge.links;
  };

  it('ends its query over HTTP', async () => {
    gateway = await startTinyHttp();
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const body = JSON.stringify({ query: chain });
    socket.write(`POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await eventually(() => expect(gateway.gauge.links).toBe(1));
    socket.destroy();
    expect(await noMoreLinks()).toBeLessThan(8);
  });

  it('ends its query over the WebSocket, with the operation or with the socket', async () => {
    gateway = await startTinyHttp();
    for (const leave of [
      (raw: Awaited<ReturnType<typeof openRawSocket>>) => raw.send({ id: '1', type: 'complete' }),
      (raw: Awaited<ReturnType<typeof openRawSocket>>) => raw.socket.terminate(),
    ]) {
      const { links } = gateway.gauge;
      const raw = await openRawSocket(gateway.socketUrl);
      raw.send(subscribeFrame('1', chain));
      await eventually(() => expect(gateway.gauge.links).toBe(links + 1));
      leave(raw);
      expect((await noMoreLinks()) - links).toBeLessThan(8);
      raw.socket.terminate();
    }
  });
});

describe('a peer that does nothing', () => {
  it('is cut off while its headers do not come', async () => {
    gateway = await startTinyHttp({ headersTimeoutMs: 200 });
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\nx-slow: ');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('408');
  });
});
