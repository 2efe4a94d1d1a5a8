import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createDial } from '../../src/connector/dialer.ts';
import { certificateFor } from '../support/certificate.ts';
import { failureOf, listening } from '../support/listening.ts';

const { listen, count, serve, close } = listening();
const dial = createDial('private');
const publicDial = createDial('public');

afterEach(close);

const redirectTo =
  (location: string): RequestListener =>
  (_request, response) =>
    response.writeHead(302, { location }).end();

describe('requests', () => {
  test('stream a body', async () => {
    const url = await serve((_request, response) => response.end('a'.repeat(300_000)));
    let length = 0;
    for await (const chunk of (await dial.fetch(url)).body ?? []) length += chunk.byteLength;
    expect(length).toBe(300_000);
  });

  test('reach no private address where only public ones are allowed, however it is written', async () => {
    const server = await count();
    const hosts = [
      ...['127.0.0.1', 'localhost', 'localhost.', '127.0.0.1.', '0x7f.1', '127.1', '2130706433', '0177.0.0.1', '0', '１２７.０.０.１', '127%2e0.0.1'],
      ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[::127.0.0.1]', '[2002:7f00:1::]'],
    ];
    const failures = await Promise.all(hosts.map((host) => failureOf(publicDial.fetch(`http://${host}:${server.port}/`))));
    expect(failures.map(({ type }) => type)).toEqual(hosts.map(() => 'UNAVAILABLE'));
    expect(server.connections).toBe(0);
  });

  test('go to the addresses that were checked, and keep the name for the server and for TLS', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.1', '169.254.169.254'], ['169.254.169.254']];
    const named = createDial('private', async () => (answers.shift() ?? []).map((address) => ({ address })));
    const seen: unknown[] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers.host);
      response.setHeader('connection', 'close').end();
    });
    const { port } = new URL(url);
    await (await named.fetch(`http://rebinds.test:${port}/`)).text();

    const { key, cert } = certificateFor('localhost');
    const tls = createTlsServer({ key, cert, SNICallback: (name, callback) => callback(null, void seen.push(name) as undefined) });
    const tlsPort = await listen(tls.on('tlsClientError', () => {}));
    const failure = await failureOf(named.fetch(`https://rebinds.test:${tlsPort}/`));
    expect(failure).toMatchObject({ type: 'CONFIG', message: `The certificate of rebinds.test:${tlsPort} cannot be trusted: it is self-signed.` });
    expect(seen).toEqual([`rebinds.test:${port}`, 'rebinds.test']);

    for (const _each of ['two addresses', 'another address']) {
      const refused = await failureOf(named.fetch(`http://rebinds.test:${port}/`));
      expect(refused).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('may not be dialled') });
    }
    expect(seen).toHaveLength(2);
  });

  test('of other schemes, with credentials in the URL, or to no URL are refused', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'data:,x',
      'unix:/var/run/docker.sock',
      'http://user:pass@127.0.0.1/',
      '//127.0.0.1',
      '',
    ]) {
      expect(await failureOf(dial.fetch(url)), url).toMatchObject({ type: 'CONFIG' });
    }
  });

  test('with a line break in a credential are not sent, and the failure does not show it', async () => {
    const server = await count();
    const headers = { authorization: 'Bearer canary\r\nx-injected: 1' };
    const failure = await failureOf(dial.fetch(`http://127.0.0.1:${server.port}/`, { headers }));
    expect(failure).toMatchObject({ type: 'CONFIG', message: expect.not.stringContaining('canary') });
    expect(server.connections).toBe(0);
  });

  test('use no proxy of the environment, and do not follow from https to http', async () => {
    const proxy = await count();
    const url = await serve((_request, response) => response.end('direct'));
    const { key, cert } = certificateFor('localhost');
    const port = await listen(createHttpsServer({ key, cert }, redirectTo(url)));
    const folder = mkdtempSync(join(tmpdir(), 'headgate-fetch-'));
    writeFileSync(join(folder, 'ca.pem'), cert);
    const script = `
      import { createDial } from ${JSON.stringify(new URL('../../src/connector/dialer.ts', import.meta.url).href)};
      const dial = createDial('private');
      const answers = process.argv.slice(1).map((url) => dial.fetch(url).then((response) => response.text(), (error) => error.message));
      process.stdout.write(JSON.stringify(await Promise.all(answers)));`;
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
    const proxies = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${proxy.port}`]));
    const env = { ...process.env, ...proxies, NODE_USE_ENV_PROXY: '1', NO_PROXY: '', no_proxy: '', NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
    const args = ['--input-type=module', '-e', script, url, `https://localhost:${port}/`];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    rmSync(folder, { recursive: true });
    expect(JSON.parse(stdout)).toEqual(['direct', `localhost:${port} redirects from https to http, where everybody can read along.`]);
    expect(proxy.connections).toBe(0);
  });

  test('to a closed port are UNAVAILABLE, and an abort keeps its reason', async () => {
    expect(await failureOf(dial.fetch('http://127.0.0.1:2/'))).toMatchObject({ type: 'UNAVAILABLE' });
    const reason = new Error('cancelled');
    await expect(dial.fetch('http://127.0.0.1:2/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('redirects', () => {
  test('are handed out, and nobody else is asked, when they are not to be followed', async () => {
    const server = await count();
    const url = await serve(redirectTo(`http://127.0.0.1:${server.port}/`));
    const response = await dial.fetch(url, { method: 'POST', body: 'signed', redirect: 'manual' });
    expect([response.status, server.connections]).toEqual([302, 0]);
  });

  const bodyOf = async (request: IncomingMessage) => (await request.toArray()).join('');

  test.each([
    ...['http://169.254.169.254/latest/meta-data', '//169.254.169.254/', 'http://2852039166/', 'http://0xa9fea9fe/', 'http://0251.0376.0251.0376/'],
    ...['http://[::ffff:169.254.169.254]/', 'http://[fd00:ec2::254]/', 'http://[fe80::1]/', 'http://0/', 'http://[::]/', 'http://metadata.test/'],
  ])('to a forbidden place are refused: %s', async (location) => {
    const named = createDial('private', async (host) => [{ address: host === 'metadata.test' ? '169.254.169.254' : '127.0.0.1' }]);
    expect(await failureOf(named.fetch(await serve(redirectTo(location))))).toMatchObject({
      type: 'CONFIG',
      message: expect.stringContaining('may not be dialled'),
    });
  });

  test('to what is neither http nor https are refused without a word of the server', async () => {
    for (const location of [
      'file:///etc/passwd',
      'banner-of-the-server:x',
      'gopher://127.0.0.1:6379/_x',
      'http://',
      'http://user:canary@127.0.0.1/',
    ]) {
      const failure = await failureOf(dial.fetch(await serve(redirectTo(location))));
      expect(failure, location).toMatchObject({ type: 'CONFIG' });
      expect(failure.message).not.toMatch(/passwd|banner|gopher|canary/);
    }
  });

  test('to another origin lose the credentials, those within the origin keep them', async () => {
    const seen: (string | undefined)[] = [];
    const record: RequestListener = ({ headers, url }, response) => {
      seen.push(`${url} ${headers.authorization} ${headers.cookie} ${headers['x-api-key']} ${headers['accept']}`);
      response.end();
    };
    const other = await serve(record);
    const url = await serve((request, response) => {
      if (request.url === '/away') response.writeHead(307, { location: `${other}/there` }).end();
      else if (request.url === '/near') response.writeHead(302, { location: '/here' }).end();
      else record(request, response);
    });
    const headers = { authorization: 'Bearer abc', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/csv' };
    await dial.fetch(`${url}/away`, { headers });
    await dial.fetch(`${url}/near`, { headers });
    expect(seen).toEqual(['/there undefined undefined undefined text/csv', '/here Bearer abc a=b k text/csv']);
  });

  test('of a POST become a GET at 303 and stay a POST at 307', async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      const status = Number(request.url?.slice(1));
      if (status) response.writeHead(status, { location: '/' }).end();
      else response.end(seen.push(`${request.method} ${await bodyOf(request)}`).toString());
    });
    for (const status of [303, 307]) await dial.fetch(`${url}/${status}`, { method: 'POST', body: 'data' });
    expect(seen).toEqual(['GET ', 'POST data']);
  });

  test('that never end are ended', async () => {
    let hops = 0;
    const url = await serve((_request, response) => response.writeHead(302, { location: `/${hops++}` }).end());
    expect(await failureOf(dial.fetch(url))).toMatchObject({ type: 'CONFIG' });
    expect(hops).toBe(6);
  });
});
