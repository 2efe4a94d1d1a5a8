import type { CollectionKey } from '../store.ts';
import type { RecordDatabase, Transaction } from './database.ts';
import { deleteRows } from './delete-rows.ts';
import { hasCode, lockNotAvailable } from './failure.ts';
import { placeOfRecords } from './schema.ts';

const rowsPerTransaction = 5_000;
/** Who reads a table keeps it from being dropped, and who wants to drop it keeps others from reading. */
const lockTimeoutMs = 1_000;

/** Deletes the generations that no stream points at. Broken off at any moment, the next sweep goes on. */
export async function sweepCollection(database: RecordDatabase, collection: CollectionKey, signal?: AbortSignal): Promise<void> {
  try {
    let at: number | undefined = 0;
    while (at !== undefined && !signal?.aborted) {
      const from: number = at;
      at = await database.writing((tx) => sweepSome(tx, collection, from), lockTimeoutMs);
    }
  } catch (error) {
    if (!signal || !hasCode(error, lockNotAvailable)) throw error;
  }
}

/** Returns from which generation on there may be more. */
async function sweepSome(tx: Transaction, collection: CollectionKey, from: number): Promise<number | undefined> {
  const stream = `select from ${tx.schema}.stream s where s.collection_id = $1 and`;
  const [garbage] = await tx.rows<{ serial: number; id: number; own_table: boolean }>(
    `select g.serial::float8 as serial, g.id::float8 as id, g.own_table from ${tx.schema}.generation g where g.collection_id = $1 and g.id >= $2
     and not exists (${stream} s.visible = g.id) and not exists (${stream} s.building = g.id) order by g.id limit 1 for update skip locked`,
    [collection.id, from],
  );
  if (!garbage) return undefined;
  const place = placeOfRecords(tx.schema, garbage);
  if (garbage.own_table) await tx.rows(`drop table if exists ${place.table}`);
  else if ((await deleteRows(tx, place, 0, rowsPerTransaction)) === rowsPerTransaction) return garbage.id;
  await tx.rows(`delete from ${tx.schema}.generation where serial = $1`, [garbage.serial]);
  return garbage.id;
}

/** From then on readers see nothing of the collection, and what was stored is garbage. */
export async function deleteStreams(database: RecordDatabase, { id }: CollectionKey): Promise<void> {
  await database.writing(async (tx) => {
    await tx.rows(`delete from ${tx.schema}.writer where collection_id = $1`, [id]);
    await tx.rows(`delete from ${tx.schema}.stream where collection_id = $1`, [id]);
  });
}

export async function forgetCollection(database: RecordDatabase, { id }: CollectionKey): Promise<void> {
  await database.writing((tx) => tx.rows(`delete from ${tx.schema}.collection where id = $1`, [id]));
}
