import type { Database } from 'better-sqlite3';
import type { KyselyPlugin, RootOperationNode } from 'kysely';
import { PlainValueCompiler } from '../../src/db/sqlite-dialect.ts';

/** A statement that was read through a context, as text with its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Writes down each statement before it runs. */
export function recordingTo(statements: Statement[]): KyselyPlugin {
  const compiler = new PlainValueCompiler();
  return {
    transformQuery({ node, queryId }) {
      const { sql, parameters } = compiler.compileQuery(node as RootOperationNode, queryId);
      statements.push({ sql, parameters });
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}

/** How SQLite goes about a statement, one line for each step. */
export const explain = (database: Database, { sql, parameters }: Statement): string[] =>
  (database.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[]).map(({ detail }) => detail);
