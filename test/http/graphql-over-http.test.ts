import { request as httpRequest } from 'node:http';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

let gateway: TinyHttp;
beforeAll(async () => {
  gateway = await startTinyHttp({ maxBodyBytes: 10_000 });
});
afterAll(() => gateway.stop());

describe('the GraphQL over HTTP specification', () => {
  for (const audit of serverAudits({ url: async () => `${gateway.url}/graphql`, fetchFn: fetch })) {
    it(`${audit.id} ${audit.name}`, async () => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' });
    });
  }
});

const mutation = `mutation { connect(login: { host: "h", password: "${canaryNamed('password')}" }) }`;

describe('requests that a foreign page could send', () => {
  it.each([
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    ['text/plain', JSON.stringify({ query: mutation })],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: mutation })}\r\n--x--\r\n`,
    ],
    ['application/graphql', mutation],
    ['application/json; charset=utf-16', JSON.stringify({ query: mutation })],
  ])('a body of type %s is refused with 415 and runs nothing', async (type, body) => {
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
    expect(response.status).toBe(415);
    expect(await response.json()).not.toHaveProperty('data');
  });

  it('a mutation by GET is refused with 405 and runs nothing', async () => {
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(mutation)}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).not.toHaveProperty('data');
  });

  it('no origin is allowed to read an answer', async () => {
    const response = await gateway.post({ query: '{ hello }' }, { origin: 'https://evil.example' });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('a list of operations in one body is refused', async () => {
    const response = await gateway.post([{ query: '{ hello }' }, { query: '{ hello }' }]);
    expect(response.status).toBe(400);
  });

  it('an unknown host name is refused where the host names are known', async () => {
    const strict = await startTinyHttp({ hosts: ['localhost', '127.0.0.1'] });
    const status = (host: string) =>
      new Promise((resolve) =>
        httpRequest(`${strict.url}/healthz`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).end(),
      );
    expect(await status('rebound.example:4000')).toBe(421);
    expect(await status('localhost:4000')).toBe(200);
    await strict.stop();
  });
});

describe('the size of a body', () => {
  const padded = JSON.stringify({ query: '{ hello }', extensions: { padding: 'x'.repeat(20_000) } });

  it('a body that says it is too large is refused with 413 as GraphQL JSON', async () => {
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: padded });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });

  it('a body that does not say its size is counted and refused with 413', async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } });
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', reject);
      request.write(padded.slice(0, 5_000));
      request.write(padded.slice(5_000));
      request.end();
    });
    expect(status).toBe(413);
  });

  it('text beyond ASCII survives being cut into chunks', async () => {
    const text = 'ü€😀'.repeat(300);
    const bytes = Buffer.from(JSON.stringify({ query: 'query ($n: String) { hello(name: $n) }', variables: { n: text } }));
    const body = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
        let all = '';
        response.setEncoding('utf8').on('data', (chunk) => (all += chunk));
        response.on('end', () => resolve(all));
      });
      request.on('error', reject);
      const send = (from: number) => {
        if (from >= bytes.length) return request.end();
        request.write(bytes.subarray(from, from + 997), () => send(from + 997));
      };
      send(0);
    });
    expect(JSON.parse(body)).toEqual({ data: { hello: `Hello, ${text}` } });
  });
});

describe('what an answer carries', () => {
  it('a harmless request id is echoed, any other replaced', async () => {
    const given = await gateway.post({ query: '{ hello }' }, { 'x-request-id': 'abc-123' });
    expect(given.headers.get('x-request-id')).toBe('abc-123');
    const forged = await gateway.post({ query: '{ hello }' }, { 'x-request-id': 'a b<script>' });
    expect(forged.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  it('each operation has a context of its own', async () => {
    const first = await (await gateway.post({ query: '{ context again: context }' })).json();
    const second = await (await gateway.post({ query: '{ context }' })).json();
    expect(first.data.again).toBe(first.data.context);
    expect(second.data.context).toBeGreaterThan(first.data.context);
  });

  it('a caller who is not known gets 401', async () => {
    expect((await gateway.post({ query: '{ unauthorized }' })).status).toBe(401);
  });

  it('a caller who accepts nothing that we have gets 406 before anything runs', async () => {
    const response = await gateway.post({ query: mutation }, { accept: 'image/png' });
    expect(response.status).toBe(406);
  });
});
