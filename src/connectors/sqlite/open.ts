import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { z } from 'zod';
import type { ConnectorContext } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import { field } from '../../connector/field.ts';
import { realPathInside, requireReadable } from '../../connector/local-path.ts';
import { openByPath } from '../../connector/open-files.ts';
import { ownApplicationId } from '../../connector/own-database.ts';
import { failureOf, isLocked } from './failures.ts';

export const configSchema = z.object({
  path: field(z.string().min(1).max(4096), {
    title: 'Path',
    description: 'A database file inside the folder that files may be read from; a relative path starts there.',
    target: true,
    examples: ['shop.db'],
  }),
});

export type SqliteContext = ConnectorContext<z.output<typeof configSchema>, Record<never, never>>;

const patienceMs = 10_000;

/**
 * Opens the database to read it and nothing else. Its files are never opened with `fs`: closing one of those would drop the locks that
 * another reading in this process holds.
 * @throws SourceFailure CONFIG when it is not there, lies outside the root, is ours, or is no database
 */
export async function openDatabase(context: SqliteContext): Promise<Database.Database> {
  const { path } = context.config;
  const real = await realPathInside(path, context);
  const before = await stat(real);
  await requireReadable(before, context);
  if (before.size === 0) throw new SourceFailure('CONFIG', 'The file is empty; it is not a SQLite database.');
  const { opened: database, isThatFile } = openReadOnly(real);
  try {
    // A part of the way may have become a link after it was checked.
    const after = await stat(await realPathInside(path, context));
    if (!isThatFile || after.dev !== before.dev || after.ino !== before.ino)
      throw new SourceFailure('TRANSIENT', 'The file was replaced while it was opened.');
    await whenUnlocked(context.signal, () => {
      // A database may come from anybody: its schema must not call what has side effects, nor trick the library with damaged pages.
      for (const pragma of ['query_only = 1', 'trusted_schema = 0', 'cell_size_check = 1']) database.pragma(pragma);
      if (database.pragma('application_id', { simple: true }) === ownApplicationId)
        throw new SourceFailure('CONFIG', 'The path leads to data of the gateway itself.');
      database.prepare('select count(*) from sqlite_schema').get();
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openReadOnly(path: string) {
  try {
    return openByPath(path, () => new Database(path, { readonly: true, fileMustExist: true, timeout: 0 }));
  } catch (error) {
    throw failureOf(error);
  }
}

/**
 * Runs a piece of reading, again and again while a writer holds the lock, without stopping the event loop.
 * @throws SourceFailure TRANSIENT when it is still locked after 10 s
 */
export async function whenUnlocked<Result>(signal: AbortSignal, run: () => Result): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return run();
    } catch (error) {
      if (!isLocked(error) || performance.now() > giveUpAt) throw failureOf(error);
    }
    await sleep(25, undefined, { signal }).catch(() => {});
  }
}
