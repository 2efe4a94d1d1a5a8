import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { eventually } from '../support/eventually.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
afterEach(() => gateway.stop());

const html = { accept: 'text/html,application/xhtml+xml' };

/** Unlike fetch, leaves the body as it came. */
async function getRaw(url: string, headers: Record<string, string>) {
  const [response] = await once(httpRequest(url, { headers }).end(), 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

describe('health', () => {
  it('says that the process is up', async () => {
    gateway = await startTinyHttp();
    const response = await fetch(`${gateway.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('x-request-id')).toBeTruthy();
  });

  it.each([
    ['ready', async () => true, 200],
    ['not ready', async () => false, 503],
    ['not ready when asking fails', async () => Promise.reject(new Error('database is gone')), 503],
  ])('says when it is %s', async (_title, ready, status) => {
    gateway = await startTinyHttp({ health: { ready } });
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(status);
  });

  it('says when it is ready for less than usual', async () => {
    gateway = await startTinyHttp({ health: { ready: async () => true, degraded: async () => true } });
    const response = await fetch(`${gateway.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'degraded' }]);
  });
});

describe('other paths', () => {
  it('a browser at the root is led to GraphiQL, everything unknown is 404 as JSON', async () => {
    gateway = await startTinyHttp();
    const root = await fetch(gateway.url, { headers: html, redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql']);
    const unknown = await fetch(`${gateway.url}/nothing`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
    expect((await fetch(gateway.url)).status).toBe(404);
  });
});

describe('GraphiQL', () => {
  it('comes from this server alone, compressed once and confirmed by its tag', async () => {
    gateway = await startTinyHttp({ graphiql: { tabs: [{ title: 'Say hello', query: 'query Hello { hello }', variables: '{}' }] } });
    const brotli = await getRaw(`${gateway.url}/graphql`, { ...html, 'accept-encoding': 'gzip, br' });
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'text/html; charset=utf-8' });
    expect(brotli.headers['content-security-policy']).toContain("default-src 'self'");
    const page = brotliDecompressSync(brotli.body).toString();
    expect(page).toContain('# Say hello\\nquery Hello { hello }');
    expect(page).toContain('"subscriptionsProtocol":"WS"');
    expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
    const gzip = await getRaw(`${gateway.url}/graphql`, { ...html, 'accept-encoding': 'gzip' });
    expect(gunzipSync(gzip.body).toString()).toBe(page);
    const plain = await getRaw(`${gateway.url}/graphql`, html);
    expect(plain.body.toString()).toBe(page);
    const tag = String(brotli.headers.etag);
    expect((await getRaw(`${gateway.url}/graphql`, { ...html, 'if-none-match': tag })).status).toBe(304);
  });
});

describe('a shutdown', () => {
  it('finishes requests under way, is not ready meanwhile, and takes no new connection', async () => {
    gateway = await startTinyHttp();
    const underWay = gateway.post({ query: '{ slow(ms: 500) }' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = gateway.http.close(5_000);
    expect(await (await underWay).json()).toEqual({ data: { slow: 'done' } });
    const began = Date.now();
    await closed;
    expect(Date.now() - began).toBeLessThan(2_000);
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
  });

  it('closes sockets with 1012, upon which the graphql-ws client comes back', async () => {
    gateway = await startTinyHttp();
    const port = Number(new URL(gateway.url).port);
    const codes: number[] = [];
    const client = createClient({
      url: gateway.socketUrl,
      webSocketImpl: WebSocket,
      retryAttempts: 100,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    });
    client.on('closed', (event) => codes.push((event as { code: number }).code));
    client.subscribe({ query: 'subscription { silent { number } }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    await gateway.http.close(5_000);
    expect(codes[0]).toBe(1012);
    expect(gateway.gauge.open).toBe(0);
    const again = await startTinyHttp({}, port);
    await eventually(() => expect(again.gauge.open).toBe(1));
    await client.dispose();
    await again.stop();
  });

  it('ends event streams without a complete event, so that their readers come back', async () => {
    gateway = await startTinyHttp();
    const response = await gateway.post({ query: 'subscription { silent { number } }' }, { accept: 'text/event-stream' });
    await eventually(() => expect(gateway.gauge.open).toBe(1));
    await gateway.http.close(5_000);
    expect(await response.text()).not.toContain('complete');
    expect(gateway.gauge.open).toBe(0);
  });

  it('cuts off a frozen peer after two seconds', async () => {
    gateway = await startTinyHttp();
    const frozen = await openRawSocket(gateway.socketUrl);
    frozen.socket.pause();
    frozen.send(subscribeFrame('1', 'subscription { counter(to: 100000, padding: 1000) { number padding } }'));
    await eventually(() => expect(gateway.gauge.pulled).toBeGreaterThan(100));
    const began = Date.now();
    await gateway.http.close(15_000);
    expect(Date.now() - began).toBeLessThan(6_000);
    frozen.socket.terminate();
  }, 20_000);

  it('resolves within its grace though a request never ends', async () => {
    gateway = await startTinyHttp();
    const stuck = gateway.post({ query: '{ slow(ms: 60000) }' }).catch(() => 'cut off');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = Date.now();
    await gateway.http.close(500);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await stuck).toBe('cut off');
  });
});
