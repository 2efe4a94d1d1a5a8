import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { basename, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, expect } from 'vitest';
import { capture, flushCaptures, openFolderOf } from './run-folder.ts';

/*
 * Runs before each test file, in its process. Whatever child processes print and whatever gateways answer is kept for the search at the end of the
 * run, whoever asked for it: the client of a library, a proxy, a socket of the test's own. Streams are tapped where bytes come in, so that nothing
 * flows earlier or otherwise than it would without.
 */

/** Ports where a gateway answers; what a test's own web server sends is none of its business. */
const gatewayPorts = new Set<number>();
let taps = 0;

export const followGateway = (url: string): void => void gatewayPorts.add(Number(new URL(url).port));

function tap(stream: Readable | null | undefined, take: (bytes: Buffer) => void): void {
  if (!stream) return;
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding) => {
    if (chunk !== null && chunk !== undefined) take(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Buffer));
    return push(chunk, encoding);
  };
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  const name = `answers-${++taps}`;
  tap(socket, (bytes) => {
    if (gatewayPorts.has(socket.remotePort ?? 0)) capture(name, bytes);
  });
});

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  const number = ++taps;
  // Published before the process is spawned and has streams.
  queueMicrotask(() => {
    // A database server logs the statements that set passwords: not ours.
    if (child.spawnfile === undefined || /postgres|initdb/.test(child.spawnfile)) return;
    const name = `${child.spawnargs.find((argument) => /\.[jt]s$/.test(argument)) ?? child.spawnfile}`;
    capture('argv', `${child.spawnargs.join(' ')}\n`);
    for (const stream of ['stdout', 'stderr'] as const)
      tap(child[stream], (bytes) => {
        capture(`${stream}-${number}-${basename(name)}`, bytes);
        const url = /Headgate ready at (http:\S+)\/graphql/.exec(bytes.toString())?.[1];
        if (url) followGateway(url);
      });
  });
});

const { testPath } = expect.getState();
if (testPath) openFolderOf(relative(new URL('../../..', import.meta.url).pathname, testPath));

// After the last hook of the test file, and once more for what came still later.
afterAll(flushCaptures);
process.on('exit', flushCaptures);
