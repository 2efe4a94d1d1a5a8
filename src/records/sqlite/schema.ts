import { ownApplicationId } from '../../connector/own-database.ts';

/** `pragma user_version` of a file with this schema. */
export const schemaVersion = 1;

/**
 * `stream.visible` and `stream.building` are generations: what readers see, and what replaces it at once when the job has read the
 * stream to its end. A generation no stream points at is garbage. Its state, counts and rows flip together, for they are its own.
 * `sync_mode`: which one wrote it last. `state_row`: rows beyond it are covered by no STATE. `matched`: how many of its keys the
 * visible generation has too.
 */
export const schema = `
  create table collection (last_generation integer not null);
  insert into collection values (0);
  create table writer (
    source_connection_id text primary key,
    job_id text not null,
    epoch integer not null,
    sequence integer not null
  ) without rowid;
  create table stream (
    id integer primary key,
    source_connection_id text not null,
    namespace text,
    name text not null,
    visible integer,
    building integer,
    complete integer not null default 0,
    counters text not null,
    state_counters text not null
  );
  create unique index stream_ref on stream (source_connection_id, name, coalesce('.' || namespace, ''));
  create unique index stream_visible on stream (visible) where visible is not null;
  create table generation (
    id integer primary key,
    definition text not null,
    sync_mode text not null,
    key_parts integer not null,
    state text,
    state_row integer not null default 0,
    last_row integer not null default 0,
    record_count integer not null default 0,
    matched integer not null default 0
  );
  pragma application_id = ${ownApplicationId};
  pragma user_version = ${schemaVersion};
`;

/**
 * The table of one generation, so that keys stay small and a generation goes without touching the others. `key` has no type, for its
 * values keep their class. Without a unique key `key` is null and the values stand in `key_text` as JSON.
 */
export function recordTable(generation: number, keyed: boolean): string {
  const table = `create table record_${generation} (id integer primary key, key, key_text text, synced_at integer not null, data text not null);`;
  return keyed ? `${table} create unique index record_${generation}_key on record_${generation} (key);` : table;
}
