import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UnauthorizedError } from '../../src/errors.ts';
import type { HttpOptions, Session } from '../../src/http/options.ts';
import { localActor } from '../../src/lib/actor.ts';
import { testsSources } from '../../src/mutation-limits.ts';
import { createInMemoryRateLimits } from '../../src/rate-limits/in-memory.ts';
import type { RequestsPerMinute } from '../../src/rate-limits/rate-limits.ts';
import { schema } from '../../src/schema.ts';
import { mutationDocument } from '../support/mutate.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';
import { transports } from '../support/transports.ts';

const unlimited: RequestsPerMinute = { principal: 0, organization: 0, address: 0, sourceTests: 0, failedLogins: 0 };
const limits = (perMinute: Partial<RequestsPerMinute>) => createInMemoryRateLimits({ ...unlimited, ...perMinute });

/** A key is `organization/principal`; without one nobody comes in. */
const authenticate: HttpOptions['authenticate'] = async ({ headers }) => {
  const [organizationId = '', principal] = String(headers['x-api-key'] ?? '').split('/');
  if (!principal) throw new UnauthorizedError('A key is needed.');
  const caller = { organizationId, collectionIds: null, actor: localActor, role: 'ADMIN' } as const;
  const session: Session = { principal, credential: principal, expiresAt: null, caller };
  return session;
};

let gateway: TinyHttp;
const start = async (perMinute: Partial<RequestsPerMinute>, options: Partial<HttpOptions> = {}) => {
  gateway = await startTinyHttp({ authenticate, rateLimits: limits(perMinute), trustedProxies: ['127.0.0.0/8'], ...options });
};
afterEach(() => gateway.stop());

const hello = { query: '{ hello }' };
const ann = { 'x-api-key': 'acme/ann' };
const refused = [
  { message: expect.stringMatching(/^Too many requests/), extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } },
];

describe.each(transports)('over %s', (_transport, ask) => {
  it('a caller who asks too often is told when to ask again, and nothing is run', async () => {
    let contexts = 0;
    await start({ principal: 2 }, { createContext: async () => ({ serial: ++contexts }) });
    for (let asked = 0; asked < 2; asked += 1) expect((await ask(gateway, hello, ann)).data).toEqual({ hello: 'Hello, world' });
    const { data, errors } = await ask(gateway, hello, ann);
    expect([data, errors]).toEqual([undefined, refused]);
    expect(errors?.[0].extensions.retryAfterSeconds).toBeGreaterThan(0);
    expect(errors?.[0].extensions.retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(contexts).toBe(2);
    expect((await ask(gateway, hello, { 'x-api-key': 'acme/bob' })).errors).toBeUndefined();
  });

  it('what cannot be run counts too', async () => {
    await start({ principal: 2 });
    for (const query of ['{ nothing }', '{ hello(']) expect((await ask(gateway, { query }, ann)).errors).not.toEqual(refused);
    expect((await ask(gateway, { query: '{ nothing }' }, ann)).errors).toEqual(refused);
  });

  it('each field at the top of an operation counts, also by fragments', async () => {
    await start({ principal: 5 });
    const query = '{ a: hello ...F ...F } fragment F on Query { b: hello c: hello }';
    expect((await ask(gateway, { query }, ann)).errors).toBeUndefined();
    expect((await ask(gateway, hello, ann)).errors).toEqual(refused);
  });

  it('an organization and an address are counted over all their callers', async () => {
    await start({ organization: 2 });
    for (const key of ['acme/ann', 'acme/bob']) expect((await ask(gateway, hello, { 'x-api-key': key })).errors).toBeUndefined();
    expect((await ask(gateway, hello, { 'x-api-key': 'acme/cas' })).errors).toEqual(refused);
    expect((await ask(gateway, hello, { 'x-api-key': 'bolt/dan' })).errors).toBeUndefined();
    await gateway.stop();

    await start({ address: 2 });
    const from = (key: string, address: string) => ask(gateway, hello, { 'x-api-key': key, 'x-forwarded-for': address });
    expect((await from('acme/ann', '2001:db8:1:2::1')).errors).toBeUndefined();
    expect((await from('bolt/bob', '2001:db8:1:2:3::1')).errors).toBeUndefined();
    expect((await from('cog/cas', '2001:db8:1:2:4::1')).errors).toEqual(refused);
    expect((await from('cog/cas', '2001:db8:1:3::1')).errors).toBeUndefined();
  });

  it('a subscription counts when it is opened', async () => {
    await start({ principal: 1 });
    const query = 'subscription { counter(to: 3) { number } }';
    if (_transport !== 'HTTP') expect((await ask(gateway, { query }, ann)).data).toEqual({ counter: { number: 0 } });
    else await ask(gateway, hello, ann);
    expect((await ask(gateway, { query }, ann)).errors).toEqual(refused);
    expect(gateway.gauge.open).toBe(0);
  });
});

it('over HTTP the answer is 429 with Retry-After, whatever the client accepts', async () => {
  await start({ principal: 1 });
  await gateway.post(hello, ann);
  for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
    const response = await gateway.post(hello, { ...ann, accept });
    expect(response.status).toBe(429);
    const { errors } = await response.json();
    expect(Number(response.headers.get('retry-after'))).toBe(errors[0].extensions.retryAfterSeconds);
  }
});

describe('an address that shows wrong keys too often', () => {
  const from = (address: string, key = '') => ({ 'x-forwarded-for': address, 'x-api-key': key });

  it('waits, also with a right one, and so do its sockets; other addresses do not', async () => {
    await start({ failedLogins: 3 });
    expect((await gateway.post(hello, from('203.0.113.1', 'acme/ann'))).status).toBe(200);
    for (let attempt = 0; attempt < 2; attempt += 1) expect((await gateway.post(hello, from('203.0.113.1'))).status).not.toBe(429);
    const failed = await openRawSocket(gateway.socketUrl, { init: false, headers: from('203.0.113.1') });
    failed.send({ type: 'connection_init' });
    expect(await failed.closed).toBe(4403);

    expect((await gateway.post(hello, from('203.0.113.1', 'acme/ann'))).status).toBe(429);
    const waiting = await openRawSocket(gateway.socketUrl, { init: false, headers: from('203.0.113.1', 'acme/ann') });
    waiting.send({ type: 'connection_init' });
    expect(await waiting.closed).toBe(1013);
    expect((await gateway.post(hello, from('203.0.113.2', 'acme/ann'))).status).toBe(200);
  });
});

describe('mutations', () => {
  it('are taken for testing a source exactly when they dial what their caller names', () => {
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
    expect(fields.filter(testsSources).map(({ name }) => name)).toEqual([
      'cloneSourceConnection',
      'createSourceConnection',
      'discoverSourceConnectionStreams',
      'testSource',
      'testSourceConnection',
      'updateSourceConnectionConfig',
      'updateSourceConnectionCredentials',
    ]);
  });

  let services: OpenServices;
  beforeAll(async () => {
    services = await openServices();
  });
  afterAll(() => services.close());

  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const real = (perMinute: Partial<RequestsPerMinute>): Partial<HttpOptions> => {
    const rateLimits = limits(perMinute);
    const createContext: HttpOptions['createContext'] = async ({ caller: { organizationId } }, _request, waitSeconds) => {
      // An organization of its own is counted, that of the database is asked.
      return {
        ...services.context(),
        rateLimits: { ...rateLimits, count: async () => rateLimits?.count('sourceTests', organizationId) ?? 0 },
        waitSeconds,
      };
    };
    return { schema, createContext, rateLimits };
  };

  it.each(transports)('over %s answer RateLimitedError in their result, every one of them, and leave no audit entry', async (_title, ask) => {
    await start({}, real({ principal: 1 }));
    expect((await ask(gateway, { query: '{ viewer { role } }' }, ann)).errors).toBeUndefined();
    expect(mutations.length).toBeGreaterThan(12);
    for (const name of mutations) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const query = `mutation { result: ${name}(input: ${minimal(name)}) { __typename ... on UserError { code } ... on RateLimitedError { retryAfterSeconds } } }`;
      expect([type, await ask(gateway, { query }, ann)]).toEqual([
        type,
        { data: { result: { __typename: 'RateLimitedError', code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } } },
      ]);
    }
    const { count } = await services.gateway.db
      .selectFrom('audit_entry')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).toBe(0);
  });

  it('that test a source have a smaller bucket of their own, for the whole organization', async () => {
    await start({}, real({ sourceTests: 2 }));
    const create = (key: string, input: object) =>
      gateway.post(
        { query: mutationDocument('createSourceConnection'), variables: { input: { name: 'Shop', sourceShortName: 'nothing', ...input } } },
        { 'x-api-key': key },
      );
    const typeOf = async (response: Response) => (await response.json()).data.result.__typename;
    for (const key of ['acme/ann', 'acme/bob']) expect(await typeOf(await create(key, {}))).not.toBe('RateLimitedError');
    expect(await typeOf(await create('acme/cas', {}))).toBe('RateLimitedError');
    expect(await typeOf(await create('acme/cas', { runSetupTests: false }))).not.toBe('RateLimitedError');
    expect(await typeOf(await create('bolt/dan', {}))).not.toBe('RateLimitedError');
    const aliased = await gateway.post(
      { query: `mutation { ${[1, 2, 3].map((n) => `t${n}: testSourceConnection(input: { id: "x" }) { __typename }`).join(' ')} }` },
      { 'x-api-key': 'cog/eve' },
    );
    const { data } = await aliased.json();
    expect([data.t1, data.t2, data.t3].map(({ __typename }) => __typename === 'RateLimitedError')).toEqual([false, false, true]);
  });

  /** Every required field of an input with something that fits its type. */
  function minimal(mutation: string): string {
    const input = schema
      .getMutationType()
      ?.getFields()
      [mutation]?.args.find(({ name }) => name === 'input')?.type;
    return literal(String(input));
  }
  function literal(type: string): string {
    const name = type.replaceAll(/[[\]!]/g, '');
    if (type.startsWith('[')) return '[]';
    const named = schema.getType(name);
    if (named && 'getFields' in named) {
      const required = Object.values(named.getFields()).filter((field) => String(field.type).endsWith('!') && !('default' in field && field.default));
      const isOneOf = 'isOneOf' in named && named.isOneOf;
      const [first] = isOneOf ? Object.values(named.getFields()) : [];
      const given = first ? [first] : required;
      return `{ ${given.map((field) => `${field.name}: ${literal(String(field.type))}`).join(' ')} }`;
    }
    if (named && 'getValues' in named) return named.getValues()[0]?.name ?? '';
    if (name === 'Boolean') return 'true';
    if (name === 'Int') return '1';
    if (name === 'JSONObject') return '{}';
    if (name === 'URL') return '"https://example.com/"';
    if (name === 'DateTime') return '"2026-01-01T00:00:00Z"';
    return '"x"';
  }
});
