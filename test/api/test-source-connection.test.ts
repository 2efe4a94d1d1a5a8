import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { countControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { type PostgresDatabase, type PostgresServer, startEmbeddedPostgres } from '../support/postgres.ts';
import { jobEnds, type SeededConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
let server: PostgresServer;
let db: PostgresDatabase;
let connection: SeededConnection;
const setPassword = (value: string) => db.client.query(`alter role tester password '${value}'`);
beforeAll(async () => {
  [gateway, server] = await Promise.all([startGateway(), startEmbeddedPostgres()]);
  db = await server.createDatabase();
  await db.client.query(
    `create table things as select 1 as id; create role tester login password '${canaryNamed('first')}'; grant select on things to tester`,
  );
  const credentials = { host: '127.0.0.1', port: server.port, database: db.database, username: 'tester', password: canaryNamed('first') };
  connection = await seed(gateway).connection({ name: 'Things', sourceShortName: 'postgresql', config: {}, credentials }).created();
});
afterAll(async () => {
  await gateway?.cleanUp();
  await db?.drop();
  await server?.stop();
});

const test = () => mutate(gateway, 'testSourceConnection', { id: connection.id });
const run = async () => {
  const { syncJob } = await mutate(gateway, 'runSourceConnection', { id: connection.id });
  return jobEnds(gateway, syncJob.id);
};
const statusNow = async () =>
  (await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { status statusReason } }', { id: connection.id })).sourceConnection;

describe('testing a source connection', () => {
  it('tells its steps, and is kept as the latest test', async () => {
    const tested = await test();
    expect(tested).toMatchObject({ __typename: 'TestSourceConnectionPayload', sourceConnection: { status: 'ACTIVE' }, test: { status: 'PASSED' } });
    expect(tested['test'].steps.map(({ title, status }: { title: string; status: string }) => [title, status])).toEqual([
      ['Resolve the host name', 'PASSED'],
      ['Connect to the server', 'PASSED'],
      ['Authenticate', 'PASSED'],
      ['List what may be read', 'PASSED'],
    ]);
    const { sourceConnection, node } = await gateway.query(
      'query ($id: ID!, $test: ID!) { sourceConnection(id: $id) { latestTest { id startedAt durationMs } } node(id: $test) { id ... on ConnectionTest { startedAt durationMs } } }',
      { id: connection.id, test: tested['test'].id },
    );
    expect(sourceConnection.latestTest).toEqual(node);
    expect(node.id).toBe(tested['test'].id);
  });

  it('that the source refuses is a payload with status FAILED: NEEDS_REAUTH, until a test passes', async () => {
    await setPassword(canaryNamed('second'));
    const rows = countControlRows(gateway);
    expect(await test()).toMatchObject({
      __typename: 'TestSourceConnectionPayload',
      test: { status: 'FAILED', message: expect.stringContaining('refused') },
      sourceConnection: { status: 'NEEDS_REAUTH', statusReason: expect.stringContaining('refused') },
    });
    expect(countControlRows(gateway)).toEqual({ ...rows, connection_test: rows.connection_test + 1 });
    await setPassword(canaryNamed('first'));
    expect(await test()).toMatchObject({ test: { status: 'PASSED' }, sourceConnection: { status: 'ACTIVE', statusReason: null } });
  });

  it('that a sync job was refused is NEEDS_REAUTH too, until a job succeeds', async () => {
    await setPassword(canaryNamed('second'));
    expect(await run()).toMatchObject({ status: 'FAILED' });
    expect(await statusNow()).toMatchObject({ status: 'NEEDS_REAUTH', statusReason: expect.any(String) });
    await setPassword(canaryNamed('first'));
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statusNow()).toEqual({ status: 'ACTIVE', statusReason: null });
  });

  it('that fails for another reason is ERROR, and ACTIVE again when it passes', async () => {
    await db.client.query(`revoke connect on database ${db.database} from public`);
    const failed = await test();
    expect(failed).toMatchObject({ test: { status: 'FAILED' }, sourceConnection: { status: 'ERROR', statusReason: failed['test'].message } });
    await db.client.query(`grant connect on database ${db.database} to public`);
    expect(await test()).toMatchObject({ sourceConnection: { status: 'ACTIVE', statusReason: null } });
  });

  it('that was refused stays NEEDS_REAUTH when the next one fails for another reason', async () => {
    await setPassword(canaryNamed('second'));
    await test();
    await setPassword(canaryNamed('first'));
    await db.client.query(`revoke connect on database ${db.database} from public`);
    expect(await test()).toMatchObject({ test: { status: 'FAILED' }, sourceConnection: { status: 'NEEDS_REAUTH' } });
    await db.client.query(`grant connect on database ${db.database} to public`);
    expect(await test()).toMatchObject({ sourceConnection: { status: 'ACTIVE' } });
  });

  it('makes an UNVERIFIED one ACTIVE, and leaves a warning to be read', async () => {
    const faker = await seed(gateway).connection({ runSetupTests: false }).created();
    expect(faker.status).toBe('UNVERIFIED');
    expect(await mutate(gateway, 'testSourceConnection', { id: faker.id })).toMatchObject({ sourceConnection: { status: 'ACTIVE' } });
    await db.client.query('revoke select on things from tester');
    expect(await test()).toMatchObject({
      test: { status: 'WARNING', message: expect.stringContaining('may read nothing') },
      sourceConnection: { status: 'ACTIVE', statusReason: null },
    });
    await db.client.query('grant select on things to tester');
  });

  it.each(['sc_01h455vb4pex5vsknk084sn02q', 'garbage', '', 'src_faker'])('that does not exist (%j) is NotFound', async (id) => {
    expect(await mutate(gateway, 'testSourceConnection', { id })).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND', id });
  });
});
