import { IsolationLevel } from '@mikro-orm/core';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Db } from './rows.ts';

/** What the engines say differently, for the few statements that need it. */
export interface Engine {
  readonly name: 'sqlite' | 'postgresql';
  /** How write transactions are kept apart, where one after the other is not all there is. */
  readonly isolationLevel?: IsolationLevel;
  /** Whether a transaction has lost against another one and, done again, would see what that one did. */
  hasLostRace(error: unknown): boolean;
  /** Nothing can be committed to a log table any more at or below this cursor. Absent: nor before what is there, for commits come in order. */
  horizonOf?(db: Db, table: string): Promise<number>;
  /** Whether a column of text contains what is searched for, whatever the case of its letters. */
  contains(column: string, search: string): Expression<SqlBool>;
  /** Whether a column of JSON has this text under this key. */
  hasText(column: string, key: string, text: string): Expression<SqlBool>;
}

/** LIKE would know the cases of ASCII letters only. */
export const sqliteEngine: Engine = {
  name: 'sqlite',
  // There is one writer at a time.
  hasLostRace: () => false,
  contains: (column, search) => sql<SqlBool>`${sql.ref(column)} glob ${`*${eitherCase(search, inClass)}*`}`,
  hasText: (column, key, text) => sql<SqlBool>`json_extract(${sql.ref(column)}, ${`$.${JSON.stringify(key)}`}) = ${text}`,
};

/** serialization_failure, deadlock_detected, and unique_violation: what was looked for and not there has been made by somebody meanwhile. */
const lostRaces: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505']);

/** ILIKE would know the cases of the letters that the database's locale knows, and in the locale C these are the ASCII ones. */
export const postgresqlEngine: Engine = {
  name: 'postgresql',
  isolationLevel: IsolationLevel.SERIALIZABLE,
  hasLostRace: (error) => error instanceof Error && 'code' in error && lostRaces.has(error.code),
  async horizonOf(db, table) {
    const { rows } = await sql<{ horizon: number }>`select headgate_log_horizon(${`${table}_cursor_seq`}::regclass) as horizon`.execute(
      db as Kysely<unknown>,
    );
    return rows[0]?.horizon ?? 0;
  },
  contains: (column, search) => sql<SqlBool>`${sql.ref(column)} ~ ${eitherCase(search, withBackslash)}`,
  hasText: (column, key, text) => sql<SqlBool>`${sql.ref(column)} ->> ${key}::text = ${text}`,
};

/** A pattern that finds each letter in either case, and every other character as it is. */
function eitherCase(search: string, literally: (character: string) => string): string {
  return [...search]
    .map((character) => {
      const lower = character.toLowerCase();
      const upper = character.toUpperCase();
      const cases = new Set([character, lower, upper, upper.toLowerCase()].filter((form) => [...form].length === 1));
      return cases.size > 1 ? `[${[...cases].join('')}]` : literally(character);
    })
    .join('');
}

function inClass(character: string): string {
  return '*?['.includes(character) ? `[${character}]` : character;
}

function withBackslash(character: string): string {
  return /[!-/:-@[-`{-~]/.test(character) ? `\\${character}` : character;
}
