import { isIP } from 'node:net';
import { z } from 'zod';
import { type EgressPolicy, isAddressAllowed } from '../connector/egress.ts';
import { ValidationError } from '../errors.ts';
import { webhookEvents } from './events.ts';

export const webhookEventsRule = z.array(z.enum(webhookEvents)).min(1, 'Name at least one.');

const longestUrl = 2048;
const isLocalName = (host: string) => /(^|\.)localhost\.?$/.test(host);

/**
 * Refuses an address that could never be delivered to. A name is not resolved: to whom it leads is judged whenever it is dialled, and an answer
 * here would tell outsiders which names our network knows.
 * @throws ValidationError
 */
export function checkUrl(url: URL, egress: EgressPolicy): void {
  const problem = problemOf(url, egress);
  if (problem) throw new ValidationError([{ path: ['url'], message: problem }]);
}

function problemOf(url: URL, egress: EgressPolicy): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.href.length > longestUrl) return `Use at most ${longestUrl} characters.`;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Use a URL that begins with https://.';
  if (url.protocol === 'http:' && egress === 'public') return 'Use https: what is sent over http can be read on the way.';
  if (url.username || url.password) return 'A user name and password do not belong in the URL.';
  // Whether it is an address of this very machine is not said here either.
  const isRefused = isIP(host) ? !isAddressAllowed(host, egress, new Set()) : egress === 'public' && isLocalName(host);
  return isRefused ? 'This leads to an address that may not be dialled from here.' : undefined;
}
