import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { plainCanary } from '../support/canary.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';

const canary = plainCanary('hunter');
const digits = 8675309;
const login = { host: 'h', password: canary };
const byVariable = (fields: object) => ({
  query: 'mutation ($login: Login!) { connect(login: $login) }',
  variables: { login: { ...login, ...fields } },
});
const byLiteral = (fields: string) => ({ query: `mutation { connect(login: { host: "h", password: "${canary}" ${fields} }) }` });

/** Every place where graphql-js prints a value: the operation, and what its message must still say. */
const cases: readonly (readonly [string, { query: string; variables?: Record<string, unknown>; operationName?: string }, RegExp])[] = [
  ['an unknown field beside the secret', byVariable({ passwrd: canary }), /unknown field "passwrd"\. Did you mean "password"\?$/],
  ['a missing field beside the secret', { ...byVariable({}), variables: { login: { password: canary } } }, /include required field "host"\.$/],
  ['a scalar in the place of the object', { ...byVariable({}), variables: { login: canary } }, /"Login" to be an object\.$/],
  ['a null in the place of a string', byVariable({ host: null }), /at \.host: Expected value of non-null type "String!" not to be null\.$/],
  ['a number in the place of the password', byVariable({ password: digits }), /at \.password: String cannot represent a non string value\.$/],
  ['an object in the place of the password', byVariable({ password: { inner: canary } }), /String cannot represent a non string value\.$/],
  ['a string in the place of an Int', byVariable({ port: canary }), /at \.port: Int cannot represent non-integer value\.$/],
  ['an Int that is too large', byVariable({ port: digits * 1e6 }), /Int cannot represent non 32-bit signed integer value\.$/],
  ['a string in the place of a Float', byVariable({ ratio: canary }), /Float cannot represent non numeric value\.$/],
  ['a string in the place of a Boolean', byVariable({ secure: canary }), /Boolean cannot represent a non boolean value\.$/],
  ['an object in the place of an ID', byVariable({ key: { inner: canary } }), /ID cannot represent value\.$/],
  ['an unknown enum value', byVariable({ color: canary }), /does not exist in "Color" enum\.$/],
  ['a number in the place of an enum value', byVariable({ color: digits }), /Enum "Color" cannot represent non-string value\.$/],
  ['a custom scalar that throws', byVariable({ even: digits }), /Expected value of type "Even"\.$/],
  ['a custom scalar that throws its own GraphQL error', byVariable({ even: canary }), /The value is not valid for its type\.$/],
  ['a wrong item of a list', byVariable({ tags: ['fine', { inner: canary }] }), /at \.tags\[1\]: String cannot represent/],
  [
    'two fields of a oneOf',
    { query: 'mutation ($c: Choice!) { choose(choice: $c) }', variables: { c: { file: canary, url: canary } } },
    /exactly one field must be specified/,
  ],
  [
    'a wrong default of a variable',
    { query: `mutation ($login: Login = { host: "h", password: ${digits} }) { connect(login: $login) }` },
    /String cannot represent a non string value\.$|Login/,
  ],
  ['a literal: an unknown field', byLiteral(`passwrd: "${canary}"`), /unknown field "passwrd"\. Did you mean "password"\?$/],
  ['a literal: a missing field', { query: `mutation { connect(login: { password: "${canary}" }) }` }, /include required field "host"\.$/],
  [
    'a literal: a number for the password',
    { query: `mutation { connect(login: { host: "h", password: ${digits} }) }` },
    /String cannot represent a non string value\.$/,
  ],
  [
    'a literal: an unquoted password',
    { query: `mutation { connect(login: { host: "h", password: ${canary} }) }` },
    /String cannot represent a non string value\.$/,
  ],
  ['a literal: a string for the object', { query: `mutation { connect(login: "${canary}") }` }, /to be an object\.$/],
  ['a literal: a string for an Int', byLiteral(`port: "${canary}"`), /Int cannot represent non-integer value\.$/],
  ['a literal: a string for a Float', byLiteral(`ratio: "${canary}"`), /Float cannot represent non numeric value\.$/],
  ['a literal: a string for a Boolean', byLiteral(`secure: "${canary}"`), /Boolean cannot represent a non boolean value\.$/],
  ['a literal: a list for an ID', byLiteral(`key: ["${canary}"]`), /ID cannot represent [a-z -]*value\.$/],
  ['a literal: an unknown enum value', byLiteral(`color: ${canary}`), /does not exist in "Color" enum\.$/],
  ['a literal: a string for an enum value', byLiteral(`color: "${canary}"`), /Enum "Color" cannot represent non-enum value\.$/],
  ['a literal: a custom scalar that throws', byLiteral(`even: ${digits}`), /Expected value of type "Even"\.$/],
  ['a literal: a custom scalar that throws its own GraphQL error', byLiteral(`even: "${canary}"`), /The value is not valid for its type\.$/],
  ['a syntax error at a string', { query: `mutation { connect("${canary}") }` }, /^Syntax Error: Expected Name, found String\.$/],
  [
    'a syntax error at a word of the secret',
    { query: `mutation { connect(login: { password: correct ${canary} }) }` },
    /^Syntax Error: Expected ":", found "}"\.$/,
  ],
  ['a syntax error at a number', { query: `mutation { ${digits} }` }, /^Syntax Error: Expected Name, found Int\.$/],
  ['an unterminated string', { query: `mutation { connect(login: "${canary}` }, /^Syntax Error: Unterminated string\.$/],
  ['a bad escape in a string', { query: `{ hello(name: "\\u{${canary}}") }` }, /^Syntax Error: Invalid Unicode escape sequence\.$/],
  ['an unknown name of the operation', { query: 'query A { hello }', operationName: canary }, /no operation of that name/],
  [
    'a resolver that throws the secret',
    { query: 'query ($login: Login!) { connect(login: $login) }', variables: { login } },
    /^Something went wrong on our side/,
  ],
  [
    'a subscription with a wrong variable',
    { query: 'subscription ($login: Login) { silent(login: $login) { number } }', variables: { login: { password: canary } } },
    /include required field "host"\.$/,
  ],
  [
    'a source that throws the secret',
    { query: 'subscription ($login: Login!) { broken(login: $login) { number } }', variables: { login } },
    /^Something went wrong on our side/,
  ],
];

let gateway: TinyHttp;
beforeAll(async () => {
  gateway = await startTinyHttp();
});
afterAll(() => gateway.stop());

const isSubscription = (query: string) => query.startsWith('subscription');
const messagesOf = (frame: string): string[] =>
  [...frame.matchAll(/"message":("(?:[^"\\]|\\.)*")/g)].map(([, message = '""']) => JSON.parse(message));

function expectClean(received: string, expected: RegExp): void {
  for (const text of [received, gateway.logged()]) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(String(digits));
  }
  expect(
    messagesOf(received).some((message) => expected.test(message)),
    received,
  ).toBe(true);
}

describe('a value that a client sent is never repeated, neither to it nor in the log', () => {
  it.each(cases)('over HTTP: %s', async (_title, operation, expected) => {
    const accept = isSubscription(operation.query) ? 'text/event-stream' : 'application/json';
    expectClean(await (await gateway.post(operation, { accept })).text(), expected);
  });

  it.each(cases)('over SSE: %s', async (_title, operation, expected) => {
    expectClean(await (await gateway.post(operation, { accept: 'text/event-stream' })).text(), expected);
  });

  it.each(cases)('over a WebSocket: %s', async (_title, operation, expected) => {
    const received: string[] = [];
    const client = createClient({
      url: gateway.socketUrl,
      webSocketImpl: WebSocket,
      on: { message: (message) => received.push(JSON.stringify(message)) },
    });
    await new Promise<void>((resolve) => client.subscribe({ ...operation }, { next: () => undefined, error: () => resolve(), complete: resolve }));
    await client.dispose();
    expectClean(received.join('\n'), expected);
  });

  it('a body or parameter that is not JSON is not quoted', async () => {
    const headers = { 'content-type': 'application/json' };
    const broken = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: `{"query": ${canary}` });
    expect(broken.status).toBe(400);
    expect(await broken.text()).not.toContain(canary);
    const parameter = await fetch(`${gateway.url}/graphql?query={hello}&variables=${canary}`);
    expect(parameter.status).toBe(400);
    expect(await parameter.text()).not.toContain(canary);
  });
});
