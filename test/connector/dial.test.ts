import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createDial } from '../../src/connector/dialer.ts';
import { isAddressAllowed } from '../../src/connector/egress.ts';
import { SourceFailure } from '../../src/connector/failures.ts';
import { certificateFor } from '../support/certificate.ts';

const servers: Server[] = [];
const dial = createDial('private');
const publicDial = createDial('public');

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
});

async function listen<S extends Server>(server: S): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(handle: RequestListener): Promise<string> {
  const server = createHttpServer({ keepAliveTimeout: 1 }, handle);
  return `http://127.0.0.1:${await listen(server)}`;
}

async function failureOf(promise: Promise<unknown>): Promise<SourceFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceFailure);
  return error as SourceFailure;
}

describe('which addresses may be dialled', () => {
  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::'])('%s is public and always allowed', (address) => {
    expect([isAddressAllowed(address, 'public'), isAddressAllowed(address, 'private')]).toEqual([true, true]);
  });
  test.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    'fd12::1',
    '100.64.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::7f00:1',
  ])('%s is private and only allowed where private networks are', (address) => {
    expect([isAddressAllowed(address, 'public'), isAddressAllowed(address, 'private')]).toEqual([false, true]);
  });
  test.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '::ffff:0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '240.0.0.1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '64:ff9b:1::a00:1',
    'not an address',
  ])('%s is never allowed', (address) => {
    expect([isAddressAllowed(address, 'public'), isAddressAllowed(address, 'private')]).toEqual([false, false]);
  });
});

describe('connecting', () => {
  test('reaches a server by name', async () => {
    const port = await listen(createServer((socket) => socket.end('hello')));
    const socket = await dial.connect({ host: 'localhost', port });
    const [data] = await once(socket, 'data');
    expect(String(data)).toBe('hello');
    socket.destroy();
  });
  test.each([
    '127.0.0.1',
    'localhost',
    '127.1',
    '0x7f.1',
    '2130706433',
    '::1',
    '::ffff:127.0.0.1',
  ])('%s is refused when only public addresses are allowed', async (host) => {
    let reached = 0;
    const server = createServer((socket) => socket.end()).on('connection', () => reached++);
    const port = await listen(server);
    expect(await failureOf(publicDial.connect({ host, port }))).toMatchObject({ type: 'CONFIG' });
    expect(reached).toBe(0);
  });
  test('a closed port, an unknown name and a forbidden address are told apart', async () => {
    const port = await listen(createServer());
    await new Promise((closed) => servers.pop()?.close(closed));
    expect(await failureOf(dial.connect({ host: '127.0.0.1', port }))).toMatchObject({
      type: 'UNAVAILABLE',
      message: expect.stringContaining('nothing listens'),
    });
    expect(await failureOf(dial.connect({ host: 'no-such-host.invalid', port }))).toMatchObject({
      type: 'UNAVAILABLE',
      message: expect.stringContaining('name'),
    });
    expect(await failureOf(dial.connect({ host: '169.254.169.254', port }))).toMatchObject({ type: 'CONFIG' });
  });
  test('an abort ends the attempt with its reason', async () => {
    const reason = new Error('cancelled');
    await expect(dial.connect({ host: '127.0.0.1', port: 1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('TLS', () => {
  async function connectTls(certificateName: string, options: object) {
    const { key, cert } = certificateFor(certificateName);
    const port = await listen(createTlsServer({ key, cert }, (socket) => socket.on('error', () => {}).end()));
    return dial.startTls(await dial.connect({ host: 'localhost', port }), {
      host: 'localhost',
      servername: 'localhost',
      ...(options as { ca?: string }),
    });
  }
  test('a certificate that was given as trusted verifies', async () => {
    const { cert } = certificateFor('localhost');
    const socket = await connectTls('localhost', { ca: cert });
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });
  test.each([
    ['a self-signed certificate', 'localhost', undefined],
    ['a certificate of another name', 'elsewhere.example', 'elsewhere.example'],
  ])('%s is refused', async (_title, name, trusted) => {
    const failure = await failureOf(connectTls(name, trusted ? { ca: certificateFor(trusted).cert } : {}));
    expect(failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('certificate') });
  });
  test('a server that speaks no TLS is not waited for', async () => {
    const port = await listen(
      createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('hello, plain text here\n'),
      ),
    );
    expect(await failureOf(dial.startTls(await dial.connect({ host: '127.0.0.1', port }), { host: '127.0.0.1' }))).toMatchObject({ type: 'CONFIG' });
  });
});

describe('fetch', () => {
  const bodyOf = async (request: IncomingMessage) => (await request.toArray()).join('');

  test('streams a body', async () => {
    const url = await serve((_request, response) => response.end('a'.repeat(300_000)));
    let length = 0;
    for await (const chunk of (await dial.fetch(url)).body ?? []) length += chunk.byteLength;
    expect(length).toBe(300_000);
  });
  test('a name that leads to a private address is refused where only public ones are allowed', async () => {
    let requests = 0;
    const url = await serve((_request, response) => response.end(String(++requests)));
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1']) {
      expect(await failureOf(publicDial.fetch(url.replace('127.0.0.1', host)))).toMatchObject({ type: 'CONFIG' });
    }
    expect(requests).toBe(0);
  });
  test('a redirect to the metadata service of a cloud is refused', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end());
    expect(await failureOf(dial.fetch(url))).toMatchObject({ type: 'CONFIG' });
  });
  test('a redirect to another origin loses the credentials, one within the origin keeps them', async () => {
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
  test('a redirected POST becomes a GET at 303 and stays a POST at 307', async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      const status = Number(request.url?.slice(1));
      if (status) response.writeHead(status, { location: '/' }).end();
      else response.end(seen.push(`${request.method} ${await bodyOf(request)}`).toString());
    });
    for (const status of [303, 307]) await dial.fetch(`${url}/${status}`, { method: 'POST', body: 'data' });
    expect(seen).toEqual(['GET ', 'POST data']);
  });
  test('endless redirects end', async () => {
    let hops = 0;
    const url = await serve((_request, response) => response.writeHead(302, { location: `/${hops++}` }).end());
    expect(await failureOf(dial.fetch(url))).toMatchObject({ type: 'CONFIG' });
    expect(hops).toBe(6);
  });
  test('other schemes and credentials in the URL are refused', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:,x', 'http://user:pass@127.0.0.1/']) {
      expect(await failureOf(dial.fetch(url))).toMatchObject({ type: 'CONFIG' });
    }
  });
  test('a closed port is UNAVAILABLE, and an abort keeps its reason', async () => {
    expect(await failureOf(dial.fetch('http://127.0.0.1:1/'))).toMatchObject({ type: 'UNAVAILABLE' });
    const reason = new Error('cancelled');
    await expect(dial.fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
