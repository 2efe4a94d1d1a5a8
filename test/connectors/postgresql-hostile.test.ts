import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import { createFrameCheck } from '../../src/connectors/postgresql/guarded.ts';
import { postgresql } from '../../src/connectors/postgresql.ts';
import { contextFor } from '../support/connector-contract.ts';

const banner = 'canary banner 10.9.8.7';
const wrongProtocol = 'The server does not answer as PostgreSQL does.';
let server: Server | undefined;

afterEach(() => new Promise<void>((closed) => (server ? server.close(() => closed()) : closed())));

/** A message of the server, its length counted unless given. */
function message(type: string, body: string | Buffer = '', length?: number): Buffer {
  const content = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(length ?? content.length + 4, 1);
  return Buffer.concat([header, content]);
}

const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
const fields = (given: Record<string, string>) =>
  `${Object.entries(given)
    .map((pair) => `${pair.join('')}\0`)
    .join('')}\0`;
const letIn = Buffer.concat([message('R', int32(0)), message('K', Buffer.alloc(8)), message('Z', 'I')]);

/** Answers the first message with this, and the next ones with silence. */
async function check(answer: Buffer | string, config: { tls: string } = { tls: 'disable' }) {
  server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.write(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const credentials = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, database: 'd', username: 'u', password: 'p' };
  const signal = AbortSignal.timeout(30_000);
  return runCheck(postgresql, contextFor({ connector: postgresql }, { config, credentials }, signal), (text) => text);
}

describe('a server that is none of PostgreSQL', () => {
  test.each([
    ['a web server', `HTTP/1.1 400 ${banner}\r\n\r\n`],
    ['SSH', `SSH-2.0-${banner}\r\n`],
    ['mail', `220 ${banner} ESMTP\r\n`],
    ['Redis', `-ERR ${banner}\r\n`],
    ['MySQL', Buffer.from(`\x4a\0\0\0\x0a8.0.36 ${banner}\0`)],
  ])('is told by its first bytes, which nobody is shown: %s', async (_title, answer) => {
    const outcome = await check(answer);
    expect(outcome).toMatchObject({ status: 'FAILED', failureType: 'CONFIG', message: wrongProtocol });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  test('is told when TLS is asked for too', async () => {
    const outcome = await check(`HTTP/1.1 400 ${banner}\r\n\r\n`, { tls: 'require' });
    expect(outcome).toMatchObject({ failureType: 'CONFIG', message: 'The server does not offer TLS.' });
  });
});

describe('a server that means harm', () => {
  test.each([
    ['text in place of the code', fields({ S: 'FATAL', C: banner, M: banner })],
    ['the name of what every object has as the code', fields({ S: 'FATAL', C: 'constructor', M: banner })],
    ['no code', fields({ S: 'FATAL', M: banner })],
    ['no end', `M${banner}`],
    ['an end that is missing', `M${banner}\0`],
    ['nothing in it', ''],
  ])('cannot pass text on, nor hang the driver, by an error with %s', async (_title, body) => {
    const outcome = await check(message('E', body));
    expect(outcome).toMatchObject({ status: 'FAILED', failureType: 'CONFIG', message: wrongProtocol });
  });

  test('is quoted by the five letters of its code alone', async () => {
    const body = fields({ S: 'FATAL', C: '28P01', M: banner, D: banner, H: banner, W: banner });
    const outcome = await check(message('E', body));
    expect(outcome).toMatchObject({ failureType: 'AUTH', message: 'The server refused this user or its password. (SQLSTATE 28P01)' });
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  test.each([
    ['a message that promises gigabytes', message('R', int32(0), 2 ** 31)],
    ['a message shorter than its own length', message('R', '', 3)],
    ['an authentication that nobody knows', message('R', int32(99))],
    ['a list of columns that is cut', Buffer.concat([letIn, message('T', Buffer.from([0x7f, 0xff]))])],
    ['records nobody asked for', Buffer.concat([letIn, message('D', Buffer.from([0, 0]))])],
    ['a notice without an end', Buffer.concat([letIn, message('N', 'M')])],
    ['a request for data of ours (COPY FROM)', Buffer.concat([letIn, message('G', Buffer.alloc(3))])],
    ['seventy megabytes of columns', Buffer.concat([letIn, message('D', '', 70 * 1024 * 1024)])],
  ])('ends the test and nothing else by %s', async (_title, answer) => {
    const outcome = await check(answer);
    expect(outcome.status).toBe('FAILED');
    expect(['CONFIG', 'TRANSIENT', 'UNAVAILABLE']).toContain(outcome.failureType);
  });
});

test('messages are followed however they are cut', () => {
  const good = Buffer.concat([
    letIn,
    message('N', fields({ S: 'x', M: 'note' })),
    message('E', '\0'),
    message('D', Buffer.alloc(9)),
    message('Z', 'I'),
  ]);
  const bad = Buffer.concat([good, message('E', 'M\0')]);
  for (let size = 1; size <= bad.length; size++) {
    const feed = (bytes: Buffer) => {
      const check = createFrameCheck();
      for (let at = 0; at < bytes.length; at += size) check(bytes.subarray(at, at + size));
    };
    expect(() => feed(good), `in pieces of ${size}`).not.toThrow();
    expect(() => feed(bad), `in pieces of ${size}`).toThrow(wrongProtocol);
  }
});

describe('what is given as the host, the database or the user', () => {
  const accepts = (credentials: object) =>
    postgresql.credentialSchemas.CREDENTIALS?.safeParse({ host: 'db.example.com', database: 'd', username: 'u', password: 'p', ...credentials })
      .success;

  test('is one name or address: no socket, no list, no URL', () => {
    for (const host of ['db', 'db.example.com', '10.0.0.1', '::1', 'bücher.example', 'under_score.internal'])
      expect(accepts({ host }), host).toBe(true);
    const bad = [
      '',
      '/var/run/postgresql',
      '@abstract',
      'a,b',
      'a b',
      'postgresql://a',
      'a/b',
      'a?host=/tmp',
      'a;b',
      'fe80::1%eth0',
      '[::1]',
      'a\0b',
      'a\\b',
    ];
    for (const host of bad) expect(accepts({ host }), host).toBe(false);
  });

  test('cannot smuggle other parameters into the session', () => {
    for (const value of ['d\0options\0-c search_path=x', 'd\nx']) {
      expect([accepts({ database: value }), accepts({ username: value })]).toEqual([false, false]);
    }
  });
});
