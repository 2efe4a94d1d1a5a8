import type { IncomingMessage } from 'node:http';

/** Whether the Host header names us. A page that had its own name resolve to us (DNS rebinding) gives itself away by it. */
export function createHostCheck(names: readonly string[] | undefined): (request: IncomingMessage) => boolean {
  if (!names) return () => true;
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  return ({ headers: { host = '' } }) =>
    allowed.has(
      host
        .toLowerCase()
        .replace(/:\d*$/, '')
        .replace(/^\[(.*)\]$/, '$1'),
    );
}
