import { setTimeout as sleep } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import { openKeyRing, readKeyFile, writeKeyFile } from '../lib/key-file.ts';
import { generateKey, type KeyRing } from '../lib/key-ring.ts';
import { keysInUse, type SealedColumn, sealAgain } from './sealed-column.ts';

const rowsPerTransaction = 100;

export interface Rotation {
  /** What everything that opens is sealed with now. */
  readonly newestKeyId: string;
  /** Whether that key was made now; if not, a rotation that had been broken off was finished. */
  readonly isNew: boolean;
  readonly sealedAgain: number;
  readonly removedKeyIds: readonly string[];
  /** Old keys that stay, for the values below were sealed with them and do not open. */
  readonly keptKeyIds: readonly string[];
  /** Table and id of values that do not open with any key. */
  readonly broken: readonly string[];
}

/**
 * Puts a new key in the place of the old ones while gateways run on the same data. Ended at any moment, it loses nothing, and the next call
 * finishes what this one began: the file then still has more than one key.
 *
 * Nobody is left with a value that does not open. The file has the new key before anything is sealed with it, and gateways read the file
 * again when they meet a key that they do not know. The old keys leave the file in a write transaction in which nothing is sealed with
 * them; whoever seals does so in a write transaction too, after a look at the file, and so never with a key that has left.
 * @throws KeyFileError
 */
export async function rotateKeyFile(database: Database.Database, file: string, columns: readonly SealedColumn[]): Promise<Rotation> {
  const before = readKeyFile(file);
  if (before.length > 1) {
    const finished = await finish(database, file, columns);
    // What is left of it is broken for good: that must not keep a new key away.
    if (finished.sealedAgain > 0 || finished.removedKeyIds.length > 0) return { ...finished, isNew: false };
  }
  database.transaction(() => writeKeyFile(file, [generateKey(new Date()), ...readKeyFile(file)])).immediate();
  return { ...(await finish(database, file, columns)), isNew: true };
}

async function finish(database: Database.Database, file: string, columns: readonly SealedColumn[]): Promise<Omit<Rotation, 'isNew'>> {
  const ring = openKeyRing({ file, ours: false });
  const { sealed, broken } = await sealEverythingAgain(database, ring, columns);
  const drop = () => {
    const keys = readKeyFile(file);
    const uses = keysInUse(database, columns);
    const kept = keys.filter(({ id }, index) => index === 0 || uses.has(id));
    if (kept.length < keys.length) writeKeyFile(file, kept);
    return {
      newestKeyId: kept[0]?.id ?? '',
      keptKeyIds: kept.slice(1).map(({ id }) => id),
      removedKeyIds: keys.filter((key) => !kept.includes(key)).map(({ id }) => id),
    };
  };
  return { sealedAgain: sealed, broken, ...database.transaction(drop).immediate() };
}

/** In small transactions with pauses, so that nobody who writes meanwhile waits for long. */
export async function sealEverythingAgain(
  database: Database.Database,
  ring: KeyRing,
  columns: readonly SealedColumn[],
): Promise<{ sealed: number; broken: string[] }> {
  let sealed = 0;
  const broken: string[] = [];
  for (const column of columns) {
    for (let after = ''; ; ) {
      const startedAt = performance.now();
      const some = sealAgain(database, ring, column, after, rowsPerTransaction);
      sealed += some.sealed;
      broken.push(...some.broken.map((id) => `${column.table} ${id}`));
      if (some.last === undefined) break;
      after = some.last;
      await sleep(performance.now() - startedAt + 1);
    }
  }
  return { sealed, broken };
}
