import { once } from 'node:events';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createDial } from '../../src/connector/dialer.ts';
import { certificateFor } from '../support/certificate.ts';
import { failureOf, listening } from '../support/listening.ts';

const { listen, count, closedPort, close } = listening();
const dial = createDial('private');
const publicDial = createDial('public');

afterEach(close);

/** A name service that gives these answers one after the other, then the last one again, and counts how often it was asked. */
function answering(...answers: (readonly string[])[]) {
  const asked = { times: 0 };
  const lookUp = async () => (answers[Math.min(asked.times++, answers.length - 1)] ?? []).map((address) => ({ address }));
  return { asked, dial: createDial('private', lookUp) };
}

describe('connecting', () => {
  test('reaches a server by name', async () => {
    const { port } = await count();
    const socket = await dial.connect({ host: 'localhost', port });
    const [data] = await once(socket, 'data');
    expect(String(data)).toBe('hello');
    socket.destroy();
  });

  test('no spelling of a private or forbidden address gets through where only public ones are allowed', async () => {
    const server = await count();
    const hosts = [
      ...[
        '127.0.0.1',
        'localhost',
        'localhost.',
        '127.0.0.1.',
        '127.1',
        '127.0.1',
        '2130706433',
        '0x7f.1',
        '0x7f000001',
        '0177.0.0.1',
        '017700000001',
      ],
      ...['0', '0.0.0.0', '::', '::1', '::1%lo', '[::1]', '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:7f00:1', '::127.0.0.1', '::7f00:1'],
      ...['64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '１２７.０.０.１', '①②⑦.0.0.1', '127。0。0。1', 'ｌocalhost', 'LOCALHOST'],
      ...['', ' ', '127.0.0.1 ', '127.0.0.1\0.example.com', '127.0.0.1:22', 'user@127.0.0.1', '127.0.0.1,example.com', '/var/run/postgresql'],
    ];
    const failures = await Promise.all(hosts.map((host) => failureOf(publicDial.connect({ host, port: server.port }))));
    expect(failures.map(({ type }) => type)).toEqual(hosts.map(() => 'UNAVAILABLE'));
    expect(server.connections).toBe(0);
  });

  test('where reasons may be given, a closed port, an unknown name, a forbidden address and what is no host are told apart', async () => {
    const failures = await Promise.all(
      ['127.0.0.1', 'no-such-host.invalid', '169.254.169.254', '/var/run/postgresql'].map(async (host) =>
        failureOf(dial.connect({ host, port: await closedPort() })),
      ),
    );
    expect(failures.map(({ type }) => type)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'CONFIG', 'CONFIG']);
    const parts = ['nothing listens', 'no host of this name', 'may not be dialled', 'neither a name nor an IP address'];
    for (const [index, part] of parts.entries()) expect(failures[index]?.message).toContain(part);
  });

  test('a name without any address is not reached', async () => {
    expect(await failureOf(answering([]).dial.connect({ host: 'empty.test', port: 1 }))).toMatchObject({ type: 'UNAVAILABLE' });
  });

  test('an abort ends the attempt with its reason', async () => {
    const reason = new Error('cancelled');
    await expect(dial.connect({ host: '127.0.0.1', port: 1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const whileRefusing = new AbortController();
    const refused = publicDial.connect({ host: '127.0.0.1', port: 1, signal: whileRefusing.signal });
    setImmediate(() => whileRefusing.abort(reason));
    await expect(refused).rejects.toBe(reason);
  });
});

describe('what a name leads to', () => {
  test('is refused as a whole when one of several addresses is forbidden, in any order', async () => {
    const server = await count();
    for (const answer of [
      ['127.0.0.1', '169.254.169.254'],
      ['169.254.169.254', '127.0.0.1'],
      ['127.0.0.1', '::ffff:169.254.169.254'],
    ]) {
      const failure = await failureOf(answering(answer).dial.connect({ host: 'two.test', port: server.port }));
      expect(failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('may not be dialled') });
    }
    expect(server.connections).toBe(0);
  });

  test('is what was checked: a name that changes between two look-ups has only one for each connection', async () => {
    const server = await count();
    const { asked, dial: rebound } = answering(['127.0.0.1'], ['169.254.169.254']);
    const socket = await rebound.connect({ host: 'rebinds.test', port: server.port });
    expect([asked.times, socket.remoteAddress]).toEqual([1, '127.0.0.1']);
    socket.destroy();
    expect(await failureOf(rebound.connect({ host: 'rebinds.test', port: server.port }))).toMatchObject({ type: 'CONFIG' });
    expect([asked.times, server.connections]).toEqual([2, 1]);
  });

  test('is tried address by address', async () => {
    const server = await count();
    const socket = await answering(['127.0.0.2', '127.0.0.1']).dial.connect({ host: 'two.test', port: server.port });
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
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

  test('the name is kept, although it is the address that is dialled', async () => {
    const { key, cert } = certificateFor('db.example.test');
    const names: unknown[] = [];
    const server = createTlsServer({ key, cert }, (socket: TLSSocket) => {
      names.push(socket.servername);
      socket.end();
    });
    const port = await listen(server);
    const { dial: named } = answering(['127.0.0.1']);
    const host = 'db.example.test';
    const socket = await named.startTls(await named.connect({ host, port }), { host, servername: host, ca: cert });
    await once(socket, 'close');
    expect(names).toEqual([host]);
  });

  test.each([
    ['a self-signed certificate', 'localhost', undefined, 'The certificate of localhost cannot be trusted: it is self-signed.'],
    [
      'a certificate of another name',
      'elsewhere.example',
      'elsewhere.example',
      'The certificate of localhost cannot be trusted: it is for another name.',
    ],
  ])('%s is refused in words of ours', async (_title, name, trusted, message) => {
    const failure = await failureOf(connectTls(name, trusted ? { ca: certificateFor(trusted).cert } : {}));
    expect(failure).toMatchObject({ type: 'CONFIG', message });
  });

  test('what is given as a CA certificate is never taken as the name of a file', async () => {
    const { port } = await count();
    const socket = await dial.connect({ host: '127.0.0.1', port });
    expect(await failureOf(dial.startTls(socket, { host: 'localhost', ca: '/etc/ssl/certs/ca-certificates.crt' }))).toMatchObject({ type: 'CONFIG' });
  });

  test('a server that speaks no TLS is not waited for, and nothing that it sent is shown', async () => {
    const { port } = await count((socket) => socket.resume().end('SSH-2.0-banner of something\n'));
    const failure = await failureOf(dial.startTls(await dial.connect({ host: '127.0.0.1', port }), { host: '127.0.0.1' }));
    expect(failure).toMatchObject({ type: 'CONFIG', message: '127.0.0.1 does not speak TLS as it should.' });
  });
});
