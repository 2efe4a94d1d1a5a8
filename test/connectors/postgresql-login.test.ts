import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import type { JsonObject } from '../../src/connector/connector.ts';
import { postgresql } from '../../src/connectors/postgresql.ts';
import { canaryNamed } from '../support/canary.ts';
import { certificateFor } from '../support/certificate.ts';
import { contextFor } from '../support/connector-contract.ts';
import { type PostgresDatabase, type PostgresServer, startEmbeddedPostgres } from '../support/postgres.ts';

const certificate = certificateFor('localhost');
const { cert } = certificate;
let server: PostgresServer;
let db: PostgresDatabase;

/** A server that asks for passwords (SCRAM) and speaks TLS with a self-signed certificate for `localhost`. */
beforeAll(async () => {
  server = await startEmbeddedPostgres(certificate);
  db = await server.createDatabase();
  await db.client.query(`create table t as select 1 as id; create role empty login; alter role empty password null`);
}, 60_000);

afterAll(async () => {
  await db?.drop();
  await server?.stop();
});

function check(config: JsonObject = {}, credentials: JsonObject = {}) {
  const { port, user: username, password } = server;
  return runCheck(
    postgresql,
    contextFor(
      { connector: postgresql },
      { config, credentials: { host: 'localhost', port, database: db.database, username, password, ...credentials } },
    ),
    (text) => text,
  );
}

describe('logging in to a server that asks for a password', () => {
  test('the right password is let in', async () => {
    expect(await check()).toMatchObject({ status: 'PASSED' });
  });
  test.each([
    ['a wrong password', { password: canaryNamed('wrong') }],
    ['an empty password', { password: '' }],
    ['an unknown user', { username: 'nobody' }],
    ['a user without a password', { username: 'empty' }],
  ])('%s is refused as AUTH', async (_title, credentials) => {
    const outcome = await check({}, credentials);
    expect(outcome).toMatchObject({ status: 'FAILED', failureType: 'AUTH' });
    expect(outcome.steps.at(-1)).toMatchObject({ title: 'Authenticate', status: 'FAILED' });
  });
  test('the password of the environment is never used in place of an empty one', async () => {
    const before = process.env['PGPASSWORD'];
    process.env['PGPASSWORD'] = server.password;
    try {
      expect(await check({}, { password: '' })).toMatchObject({ failureType: 'AUTH' });
    } finally {
      if (before === undefined) delete process.env['PGPASSWORD'];
      else process.env['PGPASSWORD'] = before;
    }
  });
});

describe('TLS', () => {
  test.each([
    ['require encrypts without a certificate to trust', { tls: 'require' }, 'localhost'],
    ['verify-full passes with the certificate of the authority', { tls: 'verify-full', caCertificate: cert }, 'localhost'],
    ['require with a certificate verifies it, but not the name', { tls: 'require', caCertificate: cert }, '127.0.0.1'],
  ])('%s', async (_title, config, host) => {
    const outcome = await check(config, { host });
    expect(outcome.steps.map(({ title, status }) => `${title} ${status}`)).toContain('TLS PASSED');
    expect(outcome).toMatchObject({ status: 'PASSED' });
  });
  test('the session is really encrypted, and reading works through it', async () => {
    await db.client.query('create view encrypted as select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    const { port, user: username, password } = server;
    const context = contextFor(
      { connector: postgresql },
      { config: { tls: 'require' }, credentials: { host: 'localhost', port, database: db.database, username, password } },
    );
    const stream = {
      name: 'encrypted',
      namespace: 'public',
      syncMode: 'FULL_REFRESH_OVERWRITE',
      cursorField: null,
      primaryKey: [],
      selectedFields: null,
      state: null,
    } as const;
    const records = [];
    for await (const message of postgresql.read(context, [stream])) if (message.type === 'RECORDS') records.push(...message.records);
    expect(records).toEqual([{ key: null, json: '{"ssl":true}' }]);
  });
  test.each([
    ['a self-signed certificate', { tls: 'verify-full' }, 'localhost'],
    ['a certificate for another name', { tls: 'verify-full', caCertificate: cert }, '127.0.0.1'],
    ['a certificate of another authority', { tls: 'require', caCertificate: certificateFor('elsewhere.example').cert }, 'localhost'],
    ['a CA certificate that is none', { tls: 'verify-full', caCertificate: 'not a certificate' }, 'localhost'],
  ])('%s fails at the step TLS as CONFIG', async (_title, config, host) => {
    const outcome = await check(config, { host });
    expect(outcome).toMatchObject({ status: 'FAILED', failureType: 'CONFIG' });
    expect(outcome.steps.at(-1)).toMatchObject({ title: 'TLS', status: 'FAILED' });
  });
});
