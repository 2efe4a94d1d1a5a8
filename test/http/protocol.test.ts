import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { canaryNamed } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
beforeAll(async () => {
  gateway = await startTinyHttp();
});
afterAll(() => gateway.stop());

describe('graphql-transport-ws: what closes a socket', () => {
  it('a message that is not JSON closes it with 4400', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send('{nonsense');
    expect(await raw.closed).toBe(4400);
  });

  it('an operation before the acknowledgement closes it with 4401', async () => {
    const raw = await openRawSocket(gateway.socketUrl, { init: false });
    raw.send(subscribeFrame('1', '{ hello }'));
    expect(await raw.closed).toBe(4401);
  });

  it('another subprotocol gets no socket', async () => {
    await expect(openRawSocket(gateway.socketUrl, { protocol: 'graphql-ws' })).rejects.toThrow();
  });

  it('silence instead of connection_init closes it with 4408 after three seconds', async () => {
    const raw = await openRawSocket(gateway.socketUrl, { init: false });
    expect(await raw.closed).toBe(4408);
  });

  it('a second operation under the same id closes it with 4409', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send(subscribeFrame('1', 'subscription { silent { number } }'));
    raw.send(subscribeFrame('1', 'subscription { silent { number } }'));
    expect(await raw.closed).toBe(4409);
  });

  it('a second connection_init closes it with 4429', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send({ type: 'connection_init' });
    expect(await raw.closed).toBe(4429);
  });

  it('a message above 256 KiB closes it with 1009', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send(subscribeFrame('1', `{ hello(name: "${'x'.repeat(300_000)}") }`));
    expect(await raw.closed).toBe(1009);
  });
});

describe('graphql-transport-ws: what it survives', () => {
  it('a ping is answered with its payload', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send({ type: 'ping', payload: { beat: 1 } });
    expect(await raw.next()).toEqual({ type: 'pong', payload: { beat: 1 } });
    raw.socket.close();
  });

  it.each([
    ['a syntax error', '{ hello('],
    ['an unknown field', '{ nothing }'],
    ['a wrong literal', '{ hello(name: 1) }'],
    ['a missing variable', 'query ($login: Login!) { connect(login: $login) }'],
    ['an unknown operation type', 'fragment F on Query { hello }'],
    ['a wrong subscription', 'subscription { silent { number } counter(to: 1) { number } }'],
  ])('%s ends its operation with an error frame, and the socket goes on', async (_title, query) => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send(subscribeFrame('1', query));
    expect(await raw.next()).toMatchObject({ id: '1', type: 'error', payload: [{ message: expect.any(String) }] });
    raw.send(subscribeFrame('1', '{ hello }'));
    expect(await raw.next()).toEqual({ id: '1', type: 'next', payload: { data: { hello: 'Hello, world' } } });
    expect(await raw.next()).toEqual({ id: '1', type: 'complete' });
    raw.socket.close();
  });

  it('the 101st operation at once ends with an error, the others go on', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    for (let id = 1; id <= 101; id += 1) raw.send(subscribeFrame(`${id}`, 'subscription { silent { number } }'));
    expect(await raw.next()).toMatchObject({ id: '101', type: 'error', payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    expect(gateway.gauge.open).toBe(100);
    raw.send({ id: '7', type: 'complete' });
    await eventually(() => expect(gateway.gauge.open).toBe(99));
    raw.socket.terminate();
    await eventually(() => expect(gateway.gauge.open).toBe(0));
  });

  it('complete stops the stream at the source', async () => {
    const raw = await openRawSocket(gateway.socketUrl);
    raw.send(subscribeFrame('1', 'subscription { silent { number } }'));
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    raw.send({ id: '1', type: 'complete' });
    await eventually(() => expect(gateway.gauge.open).toBe(0));
    raw.socket.close();
  });
});

describe('who may open a socket', () => {
  it('a page of another origin is refused with 403', async () => {
    await expect(openRawSocket(gateway.socketUrl, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    await expect(openRawSocket(gateway.socketUrl, { headers: { origin: 'null' } })).rejects.toThrow('403');
  });

  it('a page of our own origin is let in', async () => {
    const raw = await openRawSocket(gateway.socketUrl, { headers: { origin: gateway.url } });
    raw.socket.close();
    expect(await raw.closed).toBe(1005);
  });
});

describe('the graphql-ws client', () => {
  it('iterates a subscription to its end', async () => {
    const client = createClient({ url: gateway.socketUrl, webSocketImpl: WebSocket });
    const numbers: unknown[] = [];
    for await (const { data } of client.iterate<{ counter: { number: number } }>({ query: 'subscription { counter(to: 3) { number } }' }))
      numbers.push(data?.counter.number);
    expect(numbers).toEqual([0, 1, 2]);
    await client.dispose();
  });

  it('runs mutations with variables, and hands its connection parameters to the context', async () => {
    const seen: unknown[] = [];
    const own = await startTinyHttp({
      createContext: async (_session, { connectionParams, transport }) => {
        seen.push({ transport, connectionParams });
        return {};
      },
    });
    const client = createClient({ url: own.socketUrl, webSocketImpl: WebSocket, connectionParams: { key: canaryNamed('key') } });
    const results: unknown[] = [];
    const variables = { login: { host: 'h', password: canaryNamed('password') } };
    for await (const result of client.iterate({ query: 'mutation ($login: Login!) { connect(login: $login) }', variables })) results.push(result);
    expect(results).toEqual([{ data: { connect: 'h' } }]);
    expect(seen).toEqual([{ transport: 'websocket', connectionParams: { key: canaryNamed('key') } }]);
    await client.dispose();
    await own.stop();
  });
});
