import { type KeyText, keyTextOf, parseKeyText } from '../api-key/key-text.ts';
import type { OperationRequest } from '../http/options.ts';
import { unauthorized } from './refusals.ts';

export type Presented = { readonly kind: 'key'; readonly key: KeyText } | { readonly kind: 'token'; readonly token: string };

export interface Introduction {
  readonly presented: Presented;
  /** What `X-Organization-ID` says. */
  readonly organizationId: string | undefined;
}

/** Longer ones are not even looked at. */
const longestCredential = 16_384;
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Of headers and of connectionParams, where people also write them as JavaScript does. */
const keyNames = ['x-api-key', 'apikey'];
const authorizationNames = ['authorization'];
const organizationNames = ['x-organization-id', 'organizationid'];

/**
 * Reads who the caller says it is, from the headers and, over the WebSocket, from the payload of `connection_init` as well.
 * @throws UnauthorizedError when it says nothing, nothing that can be read, or two different things
 */
export function readIntroduction({ headers, connectionParams = {} }: OperationRequest): Introduction {
  const given = [...Object.entries(headers), ...Object.entries(connectionParams)].map(([name, value]) => [name.toLowerCase(), value] as const);
  const valuesOf = (names: readonly string[]) => given.filter(([name, value]) => names.includes(name) && value != null).map(([, value]) => value);
  const presented = [...valuesOf(keyNames).map(fromKey), ...valuesOf(authorizationNames).map(fromAuthorization)];
  const organizationIds = new Set(valuesOf(organizationNames));
  const [organizationId] = organizationIds;
  const [first, ...others] = presented;
  if (!first || others.some((other) => textOf(other) !== textOf(first))) throw unauthorized();
  if (organizationIds.size > 1 || (organizationId !== undefined && typeof organizationId !== 'string')) throw unauthorized();
  return { presented: first, organizationId };
}

function textOf(presented: Presented): string {
  return presented.kind === 'key' ? presented.key.text : presented.token;
}

function fromKey(value: unknown): Presented {
  const key = parseKeyText(credentialIn(value));
  if (!key) throw unauthorized();
  return { kind: 'key', key };
}

/** @see RFC 7235 section 2.1: the name of a scheme is case-insensitive. */
function fromAuthorization(value: unknown): Presented {
  const [, scheme = '', text = ''] = /^(\w+) +(\S+)$/.exec(credentialIn(value)) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (compactJws.test(text)) return { kind: 'token', token: text };
      return fromKey(text);
    case 'basic':
      return fromBasic(text);
    default:
      throw unauthorized();
  }
}

/** @see RFC 7617 section 2 */
function fromBasic(encoded: string): Presented {
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  const key = keyTextOf(name, password);
  if (!key) throw unauthorized();
  return { kind: 'key', key };
}

function credentialIn(value: unknown): string {
  if (typeof value !== 'string' || value.length > longestCredential) throw unauthorized();
  return value;
}
