import { GraphQLError } from 'graphql';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';
import { serverSideSecret } from '../support/tiny-schema.ts';

const masked = 'Something went wrong on our side. Quote the request id when you report it.';
const connect = {
  query: 'query ($login: Login!) { hello connect(login: $login) }',
  variables: { login: { host: 'h', password: canaryNamed('password') } },
};

let gateway: TinyHttp;
afterEach(async () => {
  vi.unstubAllEnvs();
  await gateway.stop();
});

describe('errors as clients see them', () => {
  it.each([
    'production',
    'development',
    'test',
  ])('an unexpected error is masked when NODE_ENV is %s, and found in the log by its request id', async (environment) => {
    vi.stubEnv('NODE_ENV', environment);
    gateway = await startTinyHttp();
    const response = await gateway.post(connect, { 'x-request-id': 'find-me' });
    expect(await response.json()).toEqual({
      data: { hello: 'Hello, world', connect: null },
      errors: [{ message: masked, path: ['connect'], locations: expect.anything(), extensions: { code: 'INTERNAL', requestId: 'find-me' } }],
    });
    expect(gateway.logged()).toContain('"requestId":"find-me"');
    expect(gateway.logged()).toContain('could not log in with [redacted]');
    expect(gateway.logged()).not.toContain(canaryNamed('password'));
  });

  it('an error that was meant for the client passes as it is', async () => {
    gateway = await startTinyHttp();
    expect(await (await gateway.post({ query: '{ refuse }' })).json()).toMatchObject({
      errors: [{ message: 'Not for you.', extensions: { code: 'FORBIDDEN' } }],
    });
    expect(gateway.logged()).toBe('');
  });

  it('an error that the domain knows becomes what the domain says', async () => {
    gateway = await startTinyHttp({ maskError: () => new GraphQLError('The host did not answer.', { extensions: { code: 'SOURCE_UNAVAILABLE' } }) });
    expect(await (await gateway.post(connect)).json()).toMatchObject({
      errors: [{ message: 'The host did not answer.', path: ['connect'], extensions: { code: 'SOURCE_UNAVAILABLE' } }],
    });
  });

  it.each([
    ['wrongInt', 'Int cannot represent …'],
    ['wrongColor', 'Enum \\"Color\\" cannot represent value …'],
  ])('a value of ours that its type cannot hold is a fault of ours, and not in the log (%s)', async (field, logged) => {
    gateway = await startTinyHttp();
    const text = await (await gateway.post({ query: `{ ${field} }` })).text();
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: masked, extensions: { code: 'INTERNAL' } }] });
    for (const shown of [text, gateway.logged()]) expect(shown).not.toContain(serverSideSecret);
    expect(gateway.logged()).toContain(`"message":"${logged}"`);
  });

  it('a context that cannot be made is masked, with status 500', async () => {
    gateway = await startTinyHttp({
      createContext: async () => {
        throw new Error('no such table: organization');
      },
    });
    const response = await gateway.post({ query: '{ hello }' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ errors: [{ message: masked }] });
  });

  it('a caller turned away while the context is made hears why', async () => {
    gateway = await startTinyHttp({
      createContext: async () => {
        throw new GraphQLError('The key was revoked.', { extensions: { code: 'UNAUTHORIZED' } });
      },
    });
    const response = await gateway.post({ query: '{ hello }' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ message: 'The key was revoked.' }] });
  });
});
