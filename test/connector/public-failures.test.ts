import { afterEach, expect, test } from 'vitest';
import { createDial } from '../../src/connector/dialer.ts';
import type { SourceFailure } from '../../src/connector/failures.ts';
import { reach } from '../../src/connector/network-failure.ts';
import { createFetch } from '../../src/connector/pinned-fetch.ts';
import { failureOf, listening } from '../support/listening.ts';

const { count, serve, closedPort, close } = listening();
const privateDial = createDial('private');

afterEach(close);

const seen = ({ type, message, retryable }: SourceFailure, place: string) => ({ type, message: message.replaceAll(place, 'PLACE'), retryable });
const uniform = { type: 'UNAVAILABLE', message: 'PLACE could not be reached. Only servers on the public Internet can be.', retryable: true };

test('an unknown name, a name that leads inside, a forbidden address, no host at all and a closed port look the same to outsiders', async () => {
  const dial = createDial('public', inside);
  const server = await count();
  const hosts = [
    'no-such-host.invalid',
    'inside.test',
    'metadata.test',
    'empty.test',
    'silent.test',
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    '/run/x',
  ];
  const failures = await Promise.all(
    hosts.map(async (host) => {
      const failure = await failureOf(dial.connect({ host, port: server.port }));
      return seen(failure, host === '::1' ? `[::1]:${server.port}` : `${host}:${server.port}`);
    }),
  );
  // No public address can be had here; the port is closed for real, behind the same door.
  const port = await closedPort();
  const place = `127.0.0.1:${port}`;
  const closed = await failureOf(reach(place, true, undefined, () => privateDial.connect({ host: '127.0.0.1', port })));
  expect([...failures, seen(closed, place)]).toEqual([...hosts, place].map(() => uniform));
  expect(server.connections).toBe(0);
});

test('so do they in a URL and behind a redirect', async () => {
  const server = await count();
  const publicDial = createDial('public', inside);
  const closed = await closedPort();
  // The place outside is played by the loopback; every other name and address is judged as in earnest.
  const resolve = async (host: string) => {
    if (host === 'outside.test') return ['127.0.0.1'];
    await publicDial.resolve(host);
    throw new Error('nothing is allowed here');
  };
  const fetch = createFetch(resolve, true);
  const spellings = [
    'localhost',
    '127.0.0.1',
    '2130706433',
    '0177.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '0',
    'inside.test',
    'no-such-host.invalid',
  ];
  const places = [...spellings.map((host) => `${host}:${server.port}`), `outside.test:${closed}`];
  const origin = new URL(
    await serve((request, response) => response.writeHead(307, { location: `http://${places[Number(request.url?.slice(1))]}/` }).end()),
  ).port;
  const direct = places.map(async (place) => {
    const { host } = new URL(`http://${place}`);
    return seen(await failureOf(fetch(`http://${place}/`)), host);
  });
  const redirected = places.map(async (_place, index) => {
    const start = `outside.test:${origin}`;
    return seen(await failureOf(fetch(`http://${start}/${index}`)), `The place that ${start} redirects to`);
  });
  expect(await Promise.all([...direct, ...redirected])).toEqual([...places, ...places].map(() => uniform));
  expect(server.connections).toBe(0);
});

test('a refusal without dialling is not told by its speed', async () => {
  const dial = createDial('public', inside);
  const startedAt = performance.now();
  const soonest = ['127.0.0.1', 'inside.test', 'empty.test', '/run/x'].map(async (host) => {
    await failureOf(dial.connect({ host, port: 1 }));
    return performance.now() - startedAt;
  });
  // The clock of timers has whole milliseconds.
  expect(Math.min(...(await Promise.all(soonest)))).toBeGreaterThanOrEqual(999);
});

test('a failed dial tells of the network only where reasons may be given', async () => {
  expect([createDial('public').givesReasons, privateDial.givesReasons]).toEqual([false, true]);
  const told = await failureOf(createDial('private', inside).resolve('metadata.test'));
  expect(told).toMatchObject({ type: 'CONFIG', message: 'metadata.test leads to an address that may not be dialled from here.' });
});

/** What a name service inside would say. */
async function inside(host: string): Promise<{ address: string }[]> {
  if (host === 'inside.test') return [{ address: '10.1.2.3' }];
  if (host === 'metadata.test') return [{ address: '169.254.169.254' }];
  if (host === 'empty.test') return [];
  const code = host === 'silent.test' ? 'EAI_AGAIN' : 'ENOTFOUND';
  throw Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code });
}
