import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { createLog } from '../../src/lib/log.ts';
import { createCaller } from '../support/caller.ts';
import { capture, searchFolder } from '../support/canaries/run-folder.ts';
import { plantKeysOf } from '../support/canary.ts';
import { fakeRecords } from '../support/fake-records.ts';
import { mutate, mutationDocument } from '../support/mutate.ts';
import { connect, endOf, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { waitingInside } from './support/hanging.ts';
import { checkInvariants } from './support/invariants.ts';
import { hold } from './support/violation.ts';

const mistakes = ['the network', 'another operation', 'another transaction'] as const;

fault(
  {
    id: 'F22',
    what: 'a write transaction waits for the network, for another operation, or for another transaction, which waits for it; others read and write meanwhile',
    promises: ['G1', 'G3', 'G4', 'whole', 'alive'],
    runs: { short: 1, long: 15 },
  },
  async (run) => {
    // In this process: no gateway has such a mistake to switch on.
    const dataDir = mkdtempSync(join(tmpdir(), 'headgate-fault-hang-'));
    run.cleanUp(() => {
      plantKeysOf(dataDir);
      searchFolder(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    });
    let logged = '';
    const log = createLog({
      level: 'debug',
      pretty: false,
      destination: {
        write(line: string) {
          capture('log', line);
          logged += line;
        },
      },
    });
    const app = await startApp(readConfig({ HEADGATE_DATA_DIR: dataDir, PORT: '0', HEADGATE_TICK_MS: '200' }, process.cwd()), log);
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= app.stop();
      return stopped;
    };
    run.cleanUp(stop);
    const silent = createServer();
    const silentSockets = new Set<Socket>();
    silent.on('connection', (socket) => silentSockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    run.cleanUp(() => {
      for (const socket of silentSockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };

    const api = createCaller(app.url);
    const { id } = await connect(api, { config: { count: 1_000, recordsPerSecond: 200 }, streams: [{ name: 'orders' }] });
    const jobId = await runConnection(api, id);
    const acknowledged: { what: string; sql: string; parameters: string[] }[] = [];
    const create = async (name: string) => {
      const { collection } = await mutate(api, 'createCollection', { name });
      acknowledged.push({
        what: `the collection ${name}`,
        sql: 'select 1 from collection where id = ? and name = ?',
        parameters: [collection.id, name],
      });
    };
    const wait = {
      'the network': () => fetch(`http://127.0.0.1:${port}/`),
      'another operation': () => create('Made by another operation'),
      'another transaction': () => inTransaction(app.services, async (tx) => void (await tx.db.selectFrom('collection').select('id').execute())),
    };
    const mistake = mistakes[run.random(mistakes.length)] ?? 'the network';
    const name = `Waits for ${mistake}`;
    Object.assign(app.services, { em: waitingInside(app.services.em, name, wait[mistake]) });
    let over = false;
    let reads = 0;
    const read = async () => {
      for (; !over; reads++) await api.query('{ collections(first: 5) { nodes { name } } }');
    };
    const write = async (writer: number) => {
      for (let number = 0; !over || number === 0; number++) await create(`By writer ${writer}, ${number}`);
    };
    const hanging = api.execute(mutationDocument('createCollection'), { input: { name } }).finally(() => {
      over = true;
    });
    const [answer] = await Promise.all([hanging, read(), write(1), write(2)]);
    hold('alive', answer.errors?.[0]?.extensions?.['code'] === 'INTERNAL', `what hung was answered with ${JSON.stringify(answer)}`);
    hold('alive', reads > 0, 'nobody could read meanwhile');
    run.count('reads meanwhile', reads);
    run.count(`waited for ${mistake}`);
    run.count('mutations behind them', acknowledged.length);
    const lines = logged.split('\n').filter((line) => line.includes('TransactionTimeoutError'));
    hold('alive', lines.length === 1 && lines[0]?.includes('src/collection/create.ts') === true, 'the log does not say where it hung');
    const job = await endOf(api, jobId, 60_000);
    hold('G3', job.status === 'SUCCEEDED', `a sync beside it ended as ${JSON.stringify(job)}`);
    await stop();
    const none = {
      what: 'nothing of what hung',
      sql: `select 1 where not exists (select 1 from collection where name like 'Waits for%')`,
      parameters: [],
    };
    checkInvariants({ dataDir, acknowledged: [...acknowledged, none], sources: new Map([[id, { orders: fakeRecords('orders', 1_000) }]]) });
  },
);
