import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { schema } from '../../src/schema.ts';
import { newestEntries } from '../support/audit.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { basic, type FileServer, serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { cancel, connect, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
let web: FileServer;
beforeAll(async () => {
  [gateway, web] = await Promise.all([
    startGateway({ env: { HEADGATE_TICK_MS: '200' } }),
    serveFiles({ '/open.csv': { body: 'id\n1\n' }, '/closed.csv': { body: 'id\n1\n', authorization: basic('reader', 'right') } }),
  ]);
});
afterAll(async () => {
  await web?.close();
  await gateway?.cleanUp();
});

const slow = { config: { count: 100_000, recordsPerSecond: 1_000 } };
const file = (path: string, more: object = {}) => ({
  name: 'A web file',
  sourceShortName: 'files',
  config: { url: `${web.origin}${path}` },
  ...more,
});
const collection = async () => (await mutate(gateway, 'createCollection', { name: 'Shop' }))['collection'].id as string;
const running = async () => {
  const { id } = await connect(gateway, slow);
  const jobId = await run(gateway, id);
  onTestFinished(async () => {
    await cancel(gateway, jobId);
  });
  return { id, jobId };
};

interface Call {
  readonly input: object;
  /** What the entry must name; absent: the first object with an id in the payload's field of this name. */
  readonly objectId?: string;
  readonly made?: string;
}

/** How each mutation of the schema is called so that it works. Whoever adds one adds it here. */
const calls: Record<string, () => Promise<Call>> = {
  createSourceConnection: async () => ({ input: { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false }, made: 'sourceConnection' }),
  createCollection: async () => ({ input: { name: 'Shop' }, made: 'collection' }),
  testSource: async () => ({ input: { sourceShortName: 'faker' }, made: 'test' }),
  testSourceConnection: async () => onObject((await connect(gateway)).id),
  runSourceConnection: async () => onObject((await connect(gateway)).id),
  clearSourceConnectionData: async () => onObject((await connect(gateway)).id),
  discoverSourceConnectionStreams: async () => onObject((await connect(gateway)).id),
  updateSourceConnection: async () => onObject((await connect(gateway)).id, { name: 'Renamed' }),
  updateSourceConnectionConfig: async () => onObject((await connect(gateway)).id, { config: { count: 5 } }),
  updateSourceConnectionCredentials: async () => {
    const { id } = await connect(gateway, file('/closed.csv', { credentials: { username: 'reader', password: 'right' } }));
    return onObject(id, { credentials: { password: 'right' } });
  },
  deleteSourceConnection: async () => onObject((await connect(gateway)).id),
  deleteCollection: async () => onObject(await collection()),
  cancelSyncJob: async () => onObject((await running()).jobId),
};
const onObject = (id: string, more: object = {}): Call => ({ input: { id, ...more }, objectId: id });

const local = { kind: 'LOCAL', id: null, name: 'Local administrator', email: null };

describe('every mutation', () => {
  test('is known here', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).sort());
  });

  test.each(Object.keys(calls))('%s leaves an entry, written once, and a line in the log', async (operation) => {
    const { input, objectId, made } = (await calls[operation]?.()) ?? { input: {} };
    const rewrites = watchRewrites();
    const answer = await mutate(gateway, operation, input);
    expect(answer.__typename).toMatch(/Payload$/);
    const object = objectId ?? answer[made ?? '']?.id;
    expect(object).toMatch(/^[a-z]+_[0-9a-z]{26}$/);
    const [entry] = await newestEntries(gateway);
    expect(entry).toEqual({ at: expect.stringMatching(/Z$/), actor: local, operation, objectId: object, outcome: 'SUCCESS' });
    expect(Math.abs(Date.now() - Date.parse(entry?.at ?? ''))).toBeLessThan(60_000);
    expect(rewrites()).toEqual([]);
    const line = {
      operation,
      objectId: object,
      outcome: 'SUCCESS',
      organizationId: expect.stringMatching(/^org_/),
      actorKind: 'LOCAL',
      actorId: null,
      requestId: expect.stringMatching(/./),
    };
    await eventually(() => expect(linesOf(gateway).at(-1)).toEqual(line));
  });
});

/** Whether an entry is written and then changed: between the two a crash would leave what is not so. */
function watchRewrites(): () => unknown[] {
  const database = new Database(`${gateway.dataDir}/headgate.db`);
  database.exec(`create table rewritten (operation text, outcome text);
    create trigger rewrite after update on audit_entry begin insert into rewritten values (old.operation, old.outcome); end`);
  onTestFinished(() => {
    database.exec('drop trigger rewrite; drop table rewritten');
    database.close();
  });
  return () => database.prepare('select * from rewritten').all();
}

function linesOf({ output }: Gateway): Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.includes('"audit":'))
    .map((line) => JSON.parse(line).audit);
}
