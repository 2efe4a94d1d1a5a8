import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRawSocket } from '../support/raw-socket.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

const listed = 'https://app.example.com';
const foreign = ['https://evil.example', 'http://app.example.com', 'https://app.example.com:8443', 'null', 'https://app.example.com.evil.example'];
const asked = { query: '{ hello }' };
const preflight = (url: string, origin: string) =>
  fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' },
  });
const corsHeaders = (response: Response) => [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('a page of another origin, where every caller is trusted', () => {
  let gateway: TinyHttp;
  beforeAll(async () => {
    gateway = await startTinyHttp({ corsOrigins: [listed] });
  });
  afterAll(() => gateway.stop());

  it.each(foreign)('(%s) is refused on HTTP with 403, by every method', async (origin) => {
    for (const response of [
      await gateway.post(asked, { origin }),
      await fetch(`${gateway.url}/graphql?query={hello}`, { headers: { origin } }),
      await gateway.post({ query: 'subscription { counter(to: 1) { number } }' }, { origin, accept: 'text/event-stream' }),
      await preflight(gateway.url, origin),
    ]) {
      expect([response.status, corsHeaders(response)]).toEqual([403, []]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
  });

  it.each(foreign)('(%s) is refused on the upgrade with 403', async (origin) => {
    await expect(openRawSocket(gateway.socketUrl, { headers: { origin } })).rejects.toThrow('403');
  });

  it('that is listed may send what clients send, and read the answer', async () => {
    const response = await preflight(gateway.url, listed);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(listed);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(600);
    const headers = ['content-type', 'authorization', 'x-api-key', 'x-organization-id', 'x-request-id', 'x-requested-with'];
    expect(response.headers.get('access-control-allow-headers')?.split(', ')).toEqual(expect.arrayContaining(headers));

    const answer = await gateway.post(asked, { origin: listed });
    expect(await answer.json()).toEqual({ data: { hello: 'Hello, world' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(listed);
    expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after, x-request-id');
    expect(answer.headers.get('vary')).toContain('origin');
    // No cookie and no login of the browser is ever sent along.
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('that is listed may read errors and event streams too', async () => {
    const broken = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { origin: listed, 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, broken.headers.get('access-control-allow-origin')]).toEqual([400, listed]);
    const stream = await gateway.post({ query: 'subscription { counter(to: 1) { number } }' }, { origin: listed, accept: 'text/event-stream' });
    expect(stream.headers.get('access-control-allow-origin')).toBe(listed);
    await stream.text();
  });

  it('that is listed may open a socket', async () => {
    const raw = await openRawSocket(gateway.socketUrl, { headers: { origin: listed } });
    raw.socket.close();
    expect(await raw.closed).toBe(1005);
  });

  it('is let in when it is our own, and so is a program, which names none', async () => {
    expect((await gateway.post(asked, { origin: gateway.url })).status).toBe(200);
    expect((await gateway.post(asked)).status).toBe(200);
  });
});

describe('a page of another origin, where every caller shows a key', () => {
  let gateway: TinyHttp;
  beforeAll(async () => {
    gateway = await startTinyHttp({ corsOrigins: [listed], answerForeignOrigins: true, guardGet: true });
  });
  afterAll(() => gateway.stop());

  it.each(foreign)('(%s) may not read an answer, nor ask first, nor open a socket', async (origin) => {
    for (const response of [await gateway.post(asked, { origin }), await preflight(gateway.url, origin)]) expect(corsHeaders(response)).toEqual([]);
    await expect(openRawSocket(gateway.socketUrl, { headers: { origin } })).rejects.toThrow('403');
  });

  it('cannot send a GET that a browser sends by itself', async () => {
    const get = (headers: Record<string, string>) => fetch(`${gateway.url}/graphql?query={hello}`, { headers });
    for (const headers of [{}, { accept: 'text/event-stream' }, { 'content-type': 'text/plain' }]) {
      const response = await get(headers as Record<string, string>);
      expect(await response.text()).toContain('A GET needs one of the headers');
      if (!('accept' in headers)) expect(response.status).toBe(400);
    }
    for (const name of ['x-requested-with', 'graphql-require-preflight', 'apollo-require-preflight'])
      expect(await (await get({ [name]: 'x' })).json()).toEqual({ data: { hello: 'Hello, world' } });
  });
});
