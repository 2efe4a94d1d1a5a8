import type Database from 'better-sqlite3';
import { open, SealBrokenError, seal, sealPrefix } from '../lib/cipher.ts';
import type { KeyRing } from '../lib/key-ring.ts';

/** A column of sealed values in the control database, '' where there is none. Its table has `id` and `organization_id`. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** What the value of a row was sealed for. */
  boundTo(row: { readonly id: string; readonly organizationId: string }): string;
}

export interface SealedAgain {
  /** The last row that was looked at; `undefined` when there are no more. */
  readonly last: string | undefined;
  readonly sealed: number;
  /** Rows whose value does not open. They stay as they are. */
  readonly broken: readonly string[];
}

interface Row {
  readonly id: string;
  readonly organizationId: string;
  readonly sealed: string;
}

/**
 * Seals the next values after row `after` again, those that are not sealed with the newest key. One write transaction: what is stored
 * meanwhile by others waits for it, and what they stored before is what it reads.
 */
export function sealAgain(
  database: Database.Database,
  ring: KeyRing,
  { table, column, boundTo }: SealedColumn,
  after: string,
  limit: number,
): SealedAgain {
  const work = (): SealedAgain => {
    const prefix = sealPrefix(ring.keys()[0]?.id ?? '');
    const rows = database
      .prepare<[string, number, string, number], Row>(
        `select id, organization_id as organizationId, ${column} as sealed from ${table}
         where id > ? and ${column} <> '' and substr(${column}, 1, ?) <> ? order by id limit ?`,
      )
      .all(after, prefix.length, prefix, limit);
    const update = database.prepare(`update ${table} set ${column} = ? where id = ? and ${column} = ?`);
    const broken: string[] = [];
    for (const row of rows) {
      const text = openOrNull(ring, boundTo(row), row.sealed);
      if (text === null) broken.push(row.id);
      else update.run(seal(ring, boundTo(row), text), row.id, row.sealed);
    }
    return { last: rows.at(-1)?.id, sealed: rows.length - broken.length, broken };
  };
  return database.transaction(work).immediate();
}

function openOrNull(ring: KeyRing, boundTo: string, sealed: string): string | null {
  try {
    return open(ring, boundTo, sealed);
  } catch (error) {
    if (error instanceof SealBrokenError) return null;
    throw error;
  }
}

/** The ids of the keys that something is sealed with, and how many values each. */
export function keysInUse(database: Database.Database, columns: readonly SealedColumn[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const { table, column } of columns) {
    // A sealed value is `v1.keyId.…`.
    const rows = database
      .prepare<[], { keyId: string; uses: number }>(
        `select substr(rest, 1, instr(rest, '.') - 1) as keyId, count(*) as uses
         from (select substr(${column}, instr(${column}, '.') + 1) as rest from ${table} where ${column} <> '') group by 1`,
      )
      .all();
    for (const row of rows) uses.set(row.keyId, (uses.get(row.keyId) ?? 0) + row.uses);
  }
  return uses;
}
