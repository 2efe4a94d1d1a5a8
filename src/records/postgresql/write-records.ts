import type { EncodedRecord } from '../../connector/messages.ts';
import type { Changes, Namesakes } from '../stream-rules.ts';
import { keyArray, textArray } from './array.ts';
import type { Transaction } from './database.ts';
import { type FoldedRecord, foldByKey } from './fold.ts';
import { encodeKey } from './key.ts';
import { ownTable, placeOfRecords } from './schema.ts';
import type { GenerationRow } from './stream-row.ts';

export interface Written extends Changes {
  /** Of the inserted ones, in the generation to be replaced. */
  readonly same: Namesakes;
}

const rowsPerStatement = 10_000;

/** Writes records into a generation, one row each, or one per key; its counts follow. */
export async function writeRecords(
  tx: Transaction,
  generation: GenerationRow,
  replaced: GenerationRow | undefined,
  records: readonly EncodedRecord[],
  syncedAt: number,
): Promise<Written> {
  const written = { inserted: 0, updated: 0, unchanged: 0, same: { matched: 0, equal: 0 } };
  if (records.length === 0) return written;
  if (!generation.own_table && generation.record_count + records.length > tx.mostSharedRecords) await moveToOwnTable(tx, generation);
  if (generation.key_parts === 0) {
    for (let from = 0; from < records.length; from += rowsPerStatement)
      await append(tx, generation, records.slice(from, from + rowsPerStatement), syncedAt);
    return { ...written, inserted: records.length };
  }
  const folded = foldByKey(records, generation.key_parts);
  written.updated = folded.updated;
  written.unchanged = folded.unchanged;
  for (let from = 0; from < folded.records.length; from += rowsPerStatement) {
    const chunk = folded.records.slice(from, from + rowsPerStatement);
    const merged = await merge(tx, generation, replaced, chunk, syncedAt);
    written.inserted += merged.inserted;
    written.updated += merged.updated;
    written.unchanged += chunk.length - merged.inserted - merged.updated;
    written.same.matched += merged.matched;
    written.same.equal += merged.equal;
    generation.record_count += merged.inserted;
    // Numbers of rows that were there already stay unused, which 2^44 of them allow.
    if (merged.inserted > 0) generation.last_row += chunk.length;
  }
  return written;
}

async function append(tx: Transaction, generation: GenerationRow, records: readonly EncodedRecord[], syncedAt: number): Promise<void> {
  const { table, column, value } = placeOfRecords(tx.schema, generation);
  const keys = records.some(({ key }) => key !== null) ? textArray(records.map(({ key }) => key && JSON.stringify(key))) : null;
  await tx.rows(
    `insert into ${table} (${column}row, key_text, synced_at, data)
     select ${value}$1::bigint + i.place, i.key_text, $2::bigint, i.data from unnest($3::text[], $4::text[]) with ordinality as i (key_text, data, place)`,
    [generation.last_row, syncedAt, keys, textArray(records.map(({ json }) => json))],
  );
  generation.last_row += records.length;
  generation.record_count += records.length;
}

interface Merged extends Namesakes {
  readonly inserted: number;
  readonly updated: number;
}

/**
 * One statement, which reads each record's row by its key, writes what is new or differs and counts. No `on conflict`, which would be for
 * writers that come at the same time: here there is one, and it writes a third less WAL without.
 */
async function merge(
  tx: Transaction,
  generation: GenerationRow,
  replaced: GenerationRow | undefined,
  records: readonly FoldedRecord[],
  syncedAt: number,
): Promise<Merged> {
  const { table, column, value, storedKey } = placeOfRecords(tx.schema, generation);
  const keys = records.map(({ key }) => encodeKey(key));
  const old =
    replaced && replaced.record_count > 0 && replaced.definition === generation.definition ? placeOfRecords(tx.schema, replaced) : undefined;
  const sql = `
    with incoming as materialized (
      select i.*, e.row, e.data <> coalesce(i.first, i.data) as differs, ${old ? 'o.row is not null as matched, o.data = i.data as equal' : 'false as matched, false as equal'}
      from unnest($3::bytea[], $4::text[], $5::text[], $6::text[]) with ordinality as i (key, key_text, data, first, place)
      left join ${table} e on e.key = ${storedKey('i.key')}
      ${old ? `left join ${old.table} o on o.key = ${old.storedKey('i.key')} and e.row is null` : ''}
    ), inserted as (
      insert into ${table} (${column}row, key, key_text, synced_at, data)
      select ${value}$1::bigint + place, ${storedKey('key')}, key_text, $2::bigint, data from incoming where row is null
    ), updated as (
      update ${table} e set data = i.data, synced_at = $2::bigint from incoming i
      where e.key = ${storedKey('i.key')} and i.row is not null and (i.differs or i.first is not null)
    )
    select count(*) filter (where row is null)::integer as inserted, count(*) filter (where differs)::integer as updated,
      count(*) filter (where matched)::integer as matched, count(*) filter (where equal)::integer as equal from incoming`;
  const [merged] = await tx.rows<Merged>(sql, [
    generation.last_row,
    syncedAt,
    keyArray(keys),
    keys.some(({ text }) => text !== null) ? textArray(keys.map(({ text }) => text)) : null,
    textArray(records.map(({ json }) => json)),
    records.some(({ first }) => first !== null) ? textArray(records.map(({ first }) => first)) : null,
  ]);
  return merged as Merged;
}

async function moveToOwnTable(tx: Transaction, generation: GenerationRow): Promise<void> {
  const from = placeOfRecords(tx.schema, generation);
  await tx.rows(ownTable(tx.schema, generation.serial, generation.key_parts > 0));
  generation.own_table = true;
  if (generation.record_count === 0) return;
  const { table } = placeOfRecords(tx.schema, generation);
  await tx.rows(
    `with moved as (delete from ${from.table} s where ${from.rowsOf('s')}true returning *) insert into ${table} (row, key, key_text, synced_at, data)
     select row, ${from.readKey('key')}, key_text, synced_at, data from moved order by row`,
  );
}
