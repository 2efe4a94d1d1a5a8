import { createReadStream } from 'node:fs';
import Database from 'better-sqlite3';
import { Client, type ClientConfig } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { answerQuestions } from './process.ts';

export interface BareSync {
  /** Where to store. */
  readonly path: string;
  readonly postgres?: ClientConfig;
  readonly csv?: string;
}

export interface BareResult {
  readonly rows: number;
  readonly seconds: number;
}

const rowsPerTransaction = 5_000;

/** The same driver, and a prepared upsert for each row: no protocol, no counters, no types, no state, one thread. */
answerQuestions<BareSync, BareResult>(async ({ path, postgres, csv }) => {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('wal_autocheckpoint = 40000');
  database.pragma('cache_size = -65536');
  database.exec('create table record (id integer primary key, key, data text not null); create unique index record_key on record (key)');
  const upsert = database.prepare(
    'insert into record (key, data) values (?, ?) on conflict (key) do update set data = excluded.data where data <> excluded.data',
  );
  const startedAt = performance.now();
  let inTransaction = 0;
  const store = (key: string, json: string) => {
    if (inTransaction === 0) database.exec('begin immediate');
    upsert.run(BigInt(key), json);
    inTransaction += 1;
    if (inTransaction < rowsPerTransaction) return;
    database.exec('commit');
    inTransaction = 0;
  };
  if (postgres) await fromPostgres(postgres, store);
  if (csv) await fromCsv(csv, store);
  if (inTransaction > 0) database.exec('commit');
  const seconds = (performance.now() - startedAt) / 1000;
  const rows = database.prepare<[], { count: number }>('select count(*) as count from record').get()?.count ?? 0;
  database.close();
  return { rows, seconds };
});

type Store = (key: string, json: string) => void;

async function fromPostgres(config: ClientConfig, store: Store): Promise<void> {
  const client = new Client(config);
  await client.connect();
  await eachLine(client.query(copyTo('copy (select id, row_to_json(orders) from orders order by id) to stdout')), (line) => {
    const tab = line.indexOf('\t');
    const json = line.slice(tab + 1);
    store(line.slice(0, tab), json.includes('\\') ? json.replaceAll('\\\\', '\\') : json);
  });
  await client.end();
}

/** The file has no quotes: a fair reader would look for them, this one does not. */
async function fromCsv(path: string, store: Store): Promise<void> {
  let names: string[] | undefined;
  await eachLine(createReadStream(path, { highWaterMark: 256 * 1024 }), (line) => {
    const cells = line.split(',');
    if (!names) {
      names = cells;
      return;
    }
    const record: Record<string, string | number | boolean | null> = {};
    for (const [index, name] of names.entries()) record[name] = toValue(cells[index] ?? '');
    store(cells[0] ?? '', JSON.stringify(record));
  });
}

function toValue(cell: string): string | number | boolean | null {
  if (cell === '') return null;
  if (cell === 't' || cell === 'f') return cell === 't';
  const number = Number(cell);
  return Number.isNaN(number) ? cell : number;
}

async function eachLine(stream: AsyncIterable<Buffer>, take: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const chunk of stream) {
    const text = rest + chunk.toString('latin1');
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      take(text.slice(from, end));
      from = end + 1;
    }
    rest = text.slice(from);
  }
}
