import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Anything else could forge log lines or headers. */
const valid = /^[\w.:-]{1,128}$/;

/** The caller's `x-request-id` where it is harmless, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && valid.test(given) ? given : randomUUID();
}
