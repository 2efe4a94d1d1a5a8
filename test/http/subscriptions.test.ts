import { once } from 'node:events';
import { connect } from 'node:net';
import { GraphQLError } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
beforeEach(async () => {
  gateway = await startTinyHttp();
});
afterEach(() => gateway.stop());

const sse = { accept: 'text/event-stream' };
const dataOf = (body: string) => [...body.matchAll(/^event: next\ndata: (.*)$/gm)].map(([, json = '']) => JSON.parse(json));

describe('subscriptions over SSE', () => {
  it('stream their events by POST and end with a complete event', async () => {
    const response = await gateway.post({ query: 'subscription { counter(to: 2) { number } }' }, sse);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const body = await response.text();
    expect(dataOf(body)).toEqual([{ data: { counter: { number: 0 } } }, { data: { counter: { number: 1 } } }]);
    expect(body.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });

  it('stream their events by GET', async () => {
    const query = encodeURIComponent('subscription { counter(to: 1) { number } }');
    const response = await fetch(`${gateway.url}/graphql?query=${query}`, { headers: sse });
    expect(dataOf(await response.text())).toEqual([{ data: { counter: { number: 0 } } }]);
  });

  it('are refused with 406 where the caller takes no event stream, and leave no source open', async () => {
    const response = await gateway.post({ query: 'subscription { silent { number } }' }, { accept: 'application/json' });
    expect(response.status).toBe(406);
    expect(gateway.gauge.open).toBe(0);
  });

  it('close their source when the request is aborted', async () => {
    const controller = new AbortController();
    const body = JSON.stringify({ query: 'subscription { silent { number } }' });
    const headers = { 'content-type': 'application/json', ...sse };
    await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal: controller.signal });
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    controller.abort();
    await eventually(() => expect(gateway.gauge.open).toBe(0));
  });

  it('tell of a source that fails, and end', async () => {
    const query = `subscription { broken(login: { host: "h", password: "${canaryNamed('password')}" }) { number } }`;
    const events = dataOf(await (await gateway.post({ query }, sse)).text());
    expect(events).toMatchObject([{ data: { broken: { number: 0 } } }, { errors: [{ extensions: { code: 'INTERNAL' } }] }]);
    expect(gateway.gauge.open).toBe(0);
  });
});

describe('the context of a subscription', () => {
  it('is a fresh one for each event', async () => {
    const events = dataOf(await (await gateway.post({ query: 'subscription { counter(to: 3) { context } }' }, sse)).text());
    expect(events.map(({ data }) => data.counter.context)).toEqual([2, 3, 4]);
  });

  it('can be made from the one it was opened with and the event', async () => {
    const own = await startTinyHttp({
      createContext: async () => ({ serial: 100 }),
      createEventContext: async (_session, event) => ({ serial: 100 + (event as { number: number }).number }),
    });
    const events = dataOf(await (await own.post({ query: 'subscription { counter(to: 3) { context } }' }, sse)).text());
    expect(events.map(({ data }) => data.counter.context)).toEqual([100, 101, 102]);
    await own.stop();
  });

  it('ends the operation with an error when it cannot be made any more, and the socket goes on', async () => {
    const own = await startTinyHttp({
      createEventContext: async () => {
        throw new GraphQLError('The key was revoked.', { extensions: { code: 'UNAUTHORIZED' } });
      },
    });
    const raw = await openRawSocket(own.socketUrl);
    raw.send(subscribeFrame('1', 'subscription { counter(to: 3) { number } }'));
    expect(await raw.next()).toEqual({
      id: '1',
      type: 'error',
      payload: [{ message: 'The key was revoked.', extensions: { code: 'UNAUTHORIZED' } }],
    });
    expect(own.gauge.open).toBe(0);
    raw.send(subscribeFrame('1', '{ hello }'));
    expect(await raw.next()).toMatchObject({ id: '1', type: 'next' });
    raw.socket.close();
    await own.stop();
  });
});

describe('sources of subscriptions', () => {
  it('10,000 opened and closed without an event leave none open', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    for (let round = 0; round < 100; round += 1) {
      for (let id = 0; id < 100; id += 1) raw.send(subscribeFrame(`${round}-${id}`, 'subscription { silent { number } }'));
      await eventually(() => expect(gateway.gauge.open).toBe(100));
      for (let id = 0; id < 100; id += 1) raw.send({ id: `${round}-${id}`, type: 'complete' });
      await eventually(() => expect(gateway.gauge.open).toBe(0));
    }
    raw.socket.close();
  });

  it('100 sockets cut off abruptly leave none open', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRawSocket(gateway.socketUrl)));
    for (const raw of sockets) raw.send(subscribeFrame('1', 'subscription { silent { number } }'));
    await eventually(() => expect(gateway.gauge.open).toBe(100));
    for (const raw of sockets) raw.socket.terminate();
    await eventually(() => expect(gateway.gauge.open).toBe(0));
  });

  it('an operation completed before its source opened leaves none open', async () => {
    const slow = await startTinyHttp({ createContext: () => new Promise((resolve) => setTimeout(resolve, 50, {})) });
    const raw = await openRawSocket(slow.socketUrl);
    raw.send(subscribeFrame('1', 'subscription { silent { number } }'));
    raw.send({ id: '1', type: 'complete' });
    await eventually(() => expect(slow.gauge.pulled + slow.gauge.open).toBe(0));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(slow.gauge.open).toBe(0);
    raw.socket.close();
    await slow.stop();
  });
});

const events = 40_000;
const flood = `subscription { counter(to: ${events}, padding: 1000) { number padding } }`;

describe('a reader that stops reading', () => {
  it('over a WebSocket is pulled for only as far as the kernel takes it, while another reader gets every event', async () => {
    const frozen = await openRawSocket(gateway.socketUrl);
    frozen.socket.pause();
    frozen.send(subscribeFrame('1', flood));
    let settled = -1;
    await eventually(() => {
      const before = settled;
      settled = gateway.gauge.pulled;
      expect(settled).toBeGreaterThan(0);
      expect(settled).toBe(before);
    });
    // 1 KB each: what the kernel buffers of 40 MB is a small part, and the process holds one frame.
    expect(settled).toBeLessThan(events / 2);
    const heapBefore = process.memoryUsage().heapUsed;
    const reader = await openRawSocket(gateway.socketUrl);
    reader.send(subscribeFrame('1', `subscription { counter(to: ${events}) { number } }`));
    for (let number = 0; number < events; number += 1) {
      const frame = await reader.next();
      if ((frame['payload'] as { data: { counter: { number: number } } }).data.counter.number !== number) expect(frame).toBe(number);
    }
    expect(await reader.next()).toEqual({ id: '1', type: 'complete' });
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(200 * 1024 * 1024);
    frozen.socket.terminate();
    reader.socket.close();
    await eventually(() => expect(gateway.gauge.open).toBe(0));
  }, 120_000);

  it('over SSE is pulled for only as far as the kernel takes it, and leaves nothing when it is cut off', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const body = JSON.stringify({ query: flood });
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    let settled = -1;
    await eventually(() => {
      const before = settled;
      settled = gateway.gauge.pulled;
      expect(settled).toBeGreaterThan(0);
      expect(settled).toBe(before);
    });
    expect(settled).toBeLessThan(events / 2);
    socket.destroy();
    await eventually(() => expect(gateway.gauge.open).toBe(0));
  }, 60_000);
});
