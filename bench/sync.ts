import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import { startPostgres } from '../test/support/postgres.ts';
import { createConnection, createPage, type FinishedJob, finishedJob, runConnection } from './connections.ts';
import { type BenchGateway, startBenchGateway } from './gateway.ts';
import type { Load, LoadResult } from './load-client.ts';
import { type Bench, type Figure, median, peakMemoryMb } from './measure.ts';
import { pageBody } from './page-query.ts';
import { startHelper } from './process.ts';
import type { BareResult, BareSync } from './sync-bare.ts';

/** Ten columns of several types, about 270 bytes of JSON. */
const table = (rows: number) => `create table orders as select
  n as id, md5(n::text) as reference, 'customer' || n % 50000 || '@example.com' as email, (n * 7919 % 100000) / 100.0 as amount,
  n % 7 as quantity, n % 3 = 0 as paid, timestamptz '2026-01-01' + n * interval '17 seconds' as ordered_at, 'city ' || n % 900 as city,
  repeat('note ', n % 9) as note, n % 250 as shop from generate_series(1, ${rows}) n; alter table orders add primary key (id)`;

const streams = [{ name: 'orders', primaryKey: [['id']], syncMode: 'FULL_REFRESH_OVERWRITE' }];

/** A million rows from PostgreSQL and from CSV, against a bare loop of the same driver; and the page meanwhile. */
export const run: Bench = async ({ quick, keys }) => {
  const rows = quick ? 100_000 : 1_000_000;
  const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
  const postgres = await startPostgres();
  const { database, client, drop } = await postgres.createDatabase();
  const gateway = await startBenchGateway({ keys }, { HEADGATE_FILES_ROOT: folder });
  try {
    await client.query(table(rows));
    await pipeline(
      client.query(copyTo('copy (select * from orders order by id) to stdout (format csv, header)')),
      createWriteStream(join(folder, 'orders.csv')),
    );
    const { host, port, user, password } = postgres;
    const sources = {
      PostgreSQL: {
        input: { sourceShortName: 'postgresql', credentials: { host, port, database, username: user, password } },
        bare: { postgres: { host, port, user, password, database } },
      },
      CSV: { input: { sourceShortName: 'files', config: { path: 'orders.csv' } }, bare: { csv: join(folder, 'orders.csv') } },
    };
    const figures: Figure[] = [];
    for (const [name, { input, bare }] of Object.entries(sources)) {
      const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const job = await syncOnce(gateway, `${name} ${round}`, input);
        if (job.recordsInserted !== rows) throw new Error(`${job.recordsInserted} records instead of ${rows}`);
        times.ours.push(rows / (job.durationMs / 1000));
        times.bare.push(rows / (await bareOnce({ ...bare, path: join(folder, `bare-${name}-${round}.db`) }, rows)));
      }
      const compared = { ours: median(times.ours), bare: median(times.bare) };
      figures.push({ what: `${rows.toLocaleString('en')} rows from ${name}`, unit: 'rows/s', ...compared, aim: 'at least 0.4 of bare' });
    }
    figures.push({ what: 'peak memory of the gateway', unit: 'MB', ours: peakMemoryMb(gateway.pid), aim: 'under 400 MB' });
    figures.push(await pageMeanwhile(gateway, sources.PostgreSQL.input, quick ? 0.6 : 3));
    return figures;
  } finally {
    await gateway.cleanUp();
    await drop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function syncOnce(gateway: BenchGateway, name: string, input: object): Promise<FinishedJob> {
  const { syncJobId } = await createConnection(gateway, { name: `Bench ${name}`, streams, ...input });
  return finishedJob(gateway, syncJobId ?? '');
}

/** Seconds. */
async function bareOnce(question: BareSync, rows: number): Promise<number> {
  const bare = startHelper<BareSync, BareResult>('./sync-bare.ts');
  try {
    const result = await bare.ask(question);
    if (result.rows !== rows) throw new Error(`the bare loop stored ${result.rows} rows instead of ${rows}`);
    return result.seconds;
  } finally {
    await bare.end();
  }
}

/** The page of connections while a sync runs; `bare` is the same while none does. */
async function pageMeanwhile(gateway: BenchGateway, input: object, seconds: number): Promise<Figure> {
  await createPage(gateway);
  const client = startHelper<Load, LoadResult>('./load-client.ts');
  const load = () => client.ask({ url: `${gateway.url}/graphql`, headers: gateway.headers, body: pageBody, connections: 16, seconds });
  try {
    const { id } = await createConnection(gateway, { name: 'Bench meanwhile', streams, ...input, syncImmediately: false });
    await load();
    const idle = await load();
    const jobId = await runConnection(gateway, id);
    const busy = await load();
    await finishedJob(gateway, jobId);
    const idleAgain = await load();
    const bare = (idle.requestsPerSecond + idleAgain.requestsPerSecond) / 2;
    return { what: 'the page during a sync, against idle', unit: 'requests/s', ours: busy.requestsPerSecond, bare, aim: 'at least 0.7 of idle' };
  } finally {
    await client.end();
  }
}
