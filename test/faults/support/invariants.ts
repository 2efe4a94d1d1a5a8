import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkJobs } from './job-invariants.ts';
import { checkRecords } from './record-invariants.ts';
import { hold } from './violation.ts';

/** What somebody was told, and the query that has to find a row of it. */
export interface Acknowledged {
  readonly what: string;
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** The ids of source connections, and what their source has: records by stream, in any order. */
export type Sources = ReadonlyMap<string, Readonly<Record<string, readonly object[]>>>;

export interface Stored {
  readonly dataDir: string;
  readonly acknowledged: readonly Acknowledged[];
  readonly sources: Sources;
  /** Jobs that are not over are no violation: somebody paused them, or the fault is still there. @default false */
  readonly jobsMayWait?: boolean;
}

/** Everything that holds after every fault, read from the files of a gateway that has left. @throws Violation */
export function checkInvariants({ dataDir, acknowledged, sources, jobsMayWait = false }: Stored): void {
  for (const file of globSync('**/*.db', { cwd: dataDir })) checkWhole(join(dataDir, file));
  const control = new Database(join(dataDir, 'headgate.db'), { readonly: true });
  try {
    for (const { what, sql, parameters } of acknowledged)
      hold('G1', control.prepare(sql).get(...parameters) !== undefined, `${what} was acknowledged and is not there`);
    checkJobs(control, jobsMayWait);
    for (const { id } of control.prepare('select id from collection').all() as { id: string }[]) {
      const file = join(dataDir, 'records', `${id}.db`);
      if (!existsSync(file)) continue;
      const records = new Database(file, { readonly: true });
      try {
        checkRecords(control, records, sources);
      } finally {
        records.close();
      }
    }
  } finally {
    control.close();
  }
}

function checkWhole(path: string): void {
  const database = new Database(path, { readonly: true });
  try {
    const integrity = database.pragma('integrity_check', { simple: true });
    hold('whole', integrity === 'ok', `${path}: ${String(integrity)}`);
    const foreign = database.pragma('foreign_key_check') as unknown[];
    hold('whole', foreign.length === 0, `${path}: ${foreign.length} rows refer to none`);
  } finally {
    database.close();
  }
}
