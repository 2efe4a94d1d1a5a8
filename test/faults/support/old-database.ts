import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { migrations } from '../../../src/db/migrations/index.ts';
import { openSqlite } from '../../../src/db/sqlite.ts';
import { entities } from '../../../src/entities.ts';

/** The tables of a database and their columns, as they are read. */
export type Shape = ReadonlyMap<string, readonly string[]>;

/** Makes a database with the first so many migrations, in the place of whatever is there. @param count how many; all when left out */
export async function makeDatabase(path: string, count: number = migrations.length): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const control = await openSqlite({ path, role: 'worker' }, entities);
  control.orm.config.get('migrations').migrationsList?.splice(count);
  await control.migrate();
  await control.close();
}

export function shapeOf(path: string): Shape {
  return reading(path, (database) => {
    const tables = database
      .prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by 1")
      .pluck();
    return new Map(
      tables.all().map((table) => [table, database.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table)]),
    );
  });
}

/**
 * Fills a database of an older version with the rows that a newer one has, in the columns that were there already; one line of a sync
 * job's log is there so many times more, so that an upgrade takes its time.
 */
export function fillFrom(path: string, newer: string, times: number): void {
  const shape = shapeOf(path);
  const theirs = shapeOf(newer);
  const database = new Database(path);
  database.prepare('attach ? as newer').run(newer);
  database.pragma('foreign_keys = off');
  database.transaction(() => {
    for (const [table, columns] of shape) {
      if (table === 'migration') continue;
      const common = columns.filter((column) => theirs.get(table)?.includes(column)).join(', ');
      database.exec(`insert into ${table} (${common}) select ${common} from newer.${table}`);
    }
    const log = (shape.get('sync_job_log') ?? []).filter((column) => column !== 'cursor');
    const copied = log.map((column) => (column === 'id' ? `id || '-' || n` : column)).join(', ');
    database.exec(`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${times})
      insert into sync_job_log (${log.join(', ')}) select ${copied} from (select * from sync_job_log limit 1), numbers`);
  })();
  database.close();
}

/** For each table how many rows it has, and a digest of what is in the given columns of them. */
export function contentOf(path: string, shape: Shape): Record<string, string> {
  return reading(path, (database) =>
    Object.fromEntries(
      [...shape]
        .filter(([table]) => table !== 'migration')
        .map(([table, columns]) => {
          const digest = createHash('sha256');
          let rows = 0;
          for (const row of database
            .prepare(`select ${columns.join(', ')} from ${table} order by 1, 2`)
            .raw()
            .iterate()) {
            digest.update(JSON.stringify(row));
            rows += 1;
          }
          return [table, `${rows} rows, ${digest.digest('hex')}`];
        }),
    ),
  );
}

/** Every statement that the schema is made of. */
export function schemaOf(path: string): string {
  return reading(path, (database) =>
    database
      .prepare<[], string>("select sql from sqlite_schema where sql is not null and name <> 'sqlite_sequence' order by type, name")
      .pluck()
      .all(),
  ).join(';\n');
}

/** Not read-only: what a process that was killed left behind is rolled back by whoever opens it next. */
function reading<Result>(path: string, read: (database: Database.Database) => Result): Result {
  const database = new Database(path, { fileMustExist: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}
