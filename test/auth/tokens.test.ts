import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifyToken } from '../../src/auth/tokens.ts';
import { UnauthorizedError } from '../../src/errors.ts';
import type { Gateway } from '../support/gateway.ts';
import { type CliKey, createKeyByCli, startKeysGateway } from '../support/keys.ts';
import { mutate } from '../support/mutate.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { newSigningKey, type SigningKey, startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts';

const audience = 'https://headgate.acme.example';
let issuer: TokenIssuer;
let rsa: SigningKey;
let ec: SigningKey;
let ed: SigningKey;
/** Published, but none of the allowed kinds. */
let pss: SigningKey;
/** Nobody knows it. */
let stranger: SigningKey;
let gateway: Gateway;
let acme: CliKey;
let globex: CliKey;

beforeAll(async () => {
  issuer = await startTokenIssuer(audience);
  [rsa, ec, ed, pss, stranger] = await Promise.all([
    newSigningKey('rsa', 'RS256'),
    newSigningKey('ec', 'ES256'),
    newSigningKey('ed', 'EdDSA'),
    newSigningKey('pss', 'PS256'),
    newSigningKey('rsa', 'RS256'),
  ]);
  issuer.published = [rsa.jwk, ec.jwk, ed.jwk, pss.jwk];
  const env = { HEADGATE_JWT_JWKS_URL: issuer.jwksUrl, HEADGATE_JWT_ISSUER: issuer.issuer, HEADGATE_JWT_AUDIENCE: `other,${audience}` };
  ({ gateway, adminKey: acme } = await startKeysGateway({ env }));
  globex = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'VIEWER');
});
afterAll(async () => {
  issuer?.close();
  await gateway?.cleanUp();
});

const whoAmI = '{ viewer { role organization { name } actor { kind id name email } } }';
const knock = async (headers: Record<string, string>) => {
  const body = JSON.stringify({ query: whoAmI });
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.text() };
};
const withToken = (token: string, headers = {}) => knock({ authorization: `Bearer ${token}`, ...headers });
const viewerOf = ({ body }: { body: string }) => JSON.parse(body).data?.viewer;
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  it('of the issuer lets its holder in, with each of the allowed signatures', async () => {
    for (const key of [rsa, ec, ed]) {
      const answer = await withToken(await issuer.sign(key, { name: 'Ann', email: 'ann@acme.example' }));
      const actor = { kind: 'USER', id: 'ann', name: 'Ann', email: 'ann@acme.example' };
      expect([answer.status, viewerOf(answer)]).toEqual([200, { role: 'ADMIN', organization: { name: 'Acme' }, actor }]);
    }
    // Only what the issuer says about the person is believed.
    expect(viewerOf(await withToken(await issuer.sign(rsa))).actor).toEqual({ kind: 'USER', id: 'ann', name: 'ann', email: null });
  });

  it('that does not count is refused with the same words as a wrong key', async () => {
    const now = Math.floor(Date.now() / 1000);
    const good = await issuer.sign(rsa);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const hs256 = `${base64url({ alg: 'HS256', kid: 'rsa' })}.${payload}`;
    const publicKey = await exportSPKI(rsa.publicKey);
    const forged = createHmac('sha256', publicKey).update(hs256).digest('base64url');
    const wrong: Record<string, string> = {
      'wrong issuer': await issuer.sign(rsa, { iss: 'https://login.example.com/' }),
      'wrong audience': await issuer.sign(rsa, { aud: 'https://other.example' }),
      'no audience': await issuer.sign(rsa, { aud: undefined as never }),
      expired: await issuer.sign(rsa, { exp: now - 6 }),
      'no expiry': await issuer.sign(rsa, { exp: undefined as never }),
      'not yet': await issuer.sign(rsa, { nbf: now + 60 }),
      'no subject': await issuer.sign(rsa, { sub: undefined as never }),
      'empty subject': await issuer.sign(rsa, { sub: '' }),
      'an algorithm that is not allowed': await issuer.sign(pss),
      'a key that nobody knows': await issuer.sign(stranger),
      'a key id that nobody knows': await issuer.sign(rsa, {}, { kid: 'other' }),
      'HS256 with the public key as the secret': `${hs256}.${forged}`,
      'no signature': `${base64url({ alg: 'none' })}.${payload}.`,
      'no algorithm, with a signature': `${base64url({ alg: 'none', kid: 'rsa' })}.${payload}.${signature}`,
      'other claims than were signed': `${header}.${base64url({ ...claims, sub: 'bob' })}.${signature}`,
      'a key of its own in the header': await issuer.sign(stranger, {}, { jwk: stranger.jwk, kid: 'own' }),
      'no role': await issuer.sign(rsa, { role: undefined }),
      'an unknown role': await issuer.sign(rsa, { role: 'KING' }),
      'a role in other letters': await issuer.sign(rsa, { role: 'admin' }),
      'no organization': await issuer.sign(rsa, { organization: undefined }),
      'an unknown organization': await issuer.sign(rsa, { organization: ['Initech', 'org_01h455vb4pex5vsknk084sn02q'] }),
      'no token at all': 'a.b.c',
    };
    const refusal = await knock({ 'x-api-key': 'nonsense' });
    expect(refusal).toMatchObject({ status: 401, challenge: 'Bearer realm="Headgate"' });
    for (const [what, token] of Object.entries(wrong)) expect([what, await withToken(token)]).toEqual([what, refusal]);
    // A key and a token are two answers to the question who it is.
    expect(await withToken(good, { 'x-api-key': acme.key })).toEqual(refusal);
    expect((await withToken(good)).status).toBe(200);
    for (const token of Object.values(wrong)) expect(gateway.output()).not.toContain(token);
  });

  it('counts for clocks that are five seconds apart', async () => {
    expect((await withToken(await issuer.sign(rsa, { exp: Math.floor(Date.now() / 1000) - 1 }))).status).toBe(200);
  });

  it('has the highest of the roles that are known', async () => {
    const roleOf = async (role: unknown) => viewerOf(await withToken(await issuer.sign(rsa, { role })))?.role;
    expect(await roleOf('VIEWER')).toBe('VIEWER');
    expect(await roleOf(['VIEWER', 'EDITOR', 'KING'])).toBe('EDITOR');
    expect(await roleOf(['ADMIN', 'VIEWER'])).toBe('ADMIN');
    const viewer = gateway.as({ headers: { Authorization: `Bearer ${await issuer.sign(rsa, { role: 'VIEWER' })}` } });
    expect((await mutate(viewer, 'createCollection', { name: 'Shop' })).__typename).toBe('ForbiddenError');
  });

  it('of several organizations has to say which one, in X-Organization-ID; of no other than these', async () => {
    const organization = ['Acme', globex.organizationId, 'Initech'];
    const token = await issuer.sign(rsa, { organization });
    const named = async (id: string) => viewerOf(await withToken(token, { 'x-organization-id': id }))?.organization.name;
    expect(await named(acme.organizationId)).toBe('Acme');
    expect(await named(globex.organizationId)).toBe('Globex');
    const unnamed = await withToken(token);
    expect([unnamed.status, JSON.parse(unnamed.body).errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
    for (const text of ['X-Organization-ID', acme.organizationId, globex.organizationId]) expect(unnamed.body).toContain(text);

    const ofOne = await issuer.sign(rsa);
    const foreign = await withToken(ofOne, { 'x-organization-id': globex.organizationId });
    expect([foreign.status, JSON.parse(foreign.body).errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
    expect(await withToken(ofOne, { 'x-organization-id': 'org_01h455vb4pex5vsknk084sn02q' })).toEqual(foreign);
  });

  it('is remembered as the one who asked', async () => {
    const ann = gateway.as({ headers: { Authorization: `Bearer ${await issuer.sign(rsa, { name: 'Ann', role: 'EDITOR' })}` } });
    const input = { name: 'Fake data', sourceShortName: 'faker', config: { count: 1 }, syncImmediately: false };
    const created = await mutate(ann, 'createSourceConnection', input, 'sourceConnection { createdBy { kind id name email } }');
    expect(created['sourceConnection'].createdBy).toEqual({ kind: 'USER', id: 'ann', name: 'Ann', email: null });
  });

  it('opens a socket that is closed when it expires, to the second', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 3;
    const authorization = `Bearer ${await issuer.sign(rsa, { exp: expiresAt })}`;
    const raw = await openRawSocket(`${gateway.url.replace('http', 'ws')}/graphql`, { init: false });
    raw.send({ type: 'connection_init', payload: { authorization } });
    expect(await raw.next()).toEqual({ type: 'connection_ack' });
    raw.send(subscribeFrame('1', 'subscription { syncJobTransitions { id } }'));
    expect(await raw.closed).toBe(4403);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt * 1000);
    // A request of its holder still has the tolerance for clocks, a socket does not.
    expect((await knock({ authorization })).status).toBe(200);
    const again = await openRawSocket(`${gateway.url.replace('http', 'ws')}/graphql`, { init: false });
    again.send({ type: 'connection_init', payload: { authorization } });
    expect(await again.closed).toBe(4403);
  });
});

describe('the keys of the issuer', () => {
  const patience = { fetchCooldownMs: 0, keysFreshForMs: 0, verifiedForMs: 0 };
  const config = () => ({
    jwksUrl: issuer.jwksUrl,
    issuer: issuer.issuer,
    audience: [audience],
    algorithms: ['RS256', 'ES256'],
    organizationClaim: 'organization',
    roleClaim: 'role',
  });
  const others = async (work: () => Promise<void>) => {
    const { published } = issuer;
    await work();
    issuer.published = published;
  };

  it('may be replaced: a token of the new one counts, one of the withdrawn one does not any more', async () => {
    const verify = createVerifyToken(config(), patience);
    const [old, fresh] = [await issuer.sign(rsa), await issuer.sign(ec)];
    await others(async () => {
      issuer.published = [rsa.jwk];
      expect(await verify(old)).toMatchObject({ subject: 'ann', role: 'ADMIN', organizations: ['Acme'] });
      await expect(verify(fresh)).rejects.toThrow(UnauthorizedError);
      issuer.published = [ec.jwk];
      expect(await verify(fresh)).toMatchObject({ subject: 'ann' });
      await expect(verify(old)).rejects.toThrow(UnauthorizedError);
    });
  });

  it('that cannot be had are no fault of the caller, and are not taken for a refusal', async () => {
    const verify = createVerifyToken(config(), patience);
    const token = await issuer.sign(rsa);
    await others(async () => {
      issuer.published = null;
      const failure = await verify(token).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(UnauthorizedError);
    });
    expect(await verify(token)).toMatchObject({ subject: 'ann' });
  });

  it('are fetched once for many tokens, and not again for each that somebody makes up', async () => {
    const verify = createVerifyToken(config());
    const before = issuer.fetched();
    await Promise.all([verify(await issuer.sign(rsa)), verify(await issuer.sign(ec)), verify(await issuer.sign(rsa, { sub: 'bob' }))]);
    for (let index = 0; index < 20; index++)
      await expect(verify(await issuer.sign(rsa, {}, { kid: `made-up-${index}` }))).rejects.toThrow(UnauthorizedError);
    expect(issuer.fetched() - before).toBe(1);
  });
});
