/** The statements that make the tables, oldest first; a version is how many of them have run. Never changed once released: add one. */
export const steps = (schema: string): readonly string[] => [
  `
  create table ${schema}.collection (id text collate "C" primary key, last_generation bigint not null);
  create table ${schema}.writer (
    collection_id text collate "C" not null,
    source_connection_id text collate "C" not null,
    job_id text collate "C" not null,
    epoch bigint not null,
    sequence bigint not null,
    primary key (collection_id, source_connection_id)
  );
  create table ${schema}.stream (
    id bigint generated always as identity primary key,
    collection_id text collate "C" not null,
    source_connection_id text collate "C" not null,
    namespace text collate "C",
    name text collate "C" not null,
    visible bigint,
    building bigint,
    complete boolean not null default false,
    counters json not null,
    state_counters json not null
  );
  create unique index stream_ref on ${schema}.stream (collection_id, source_connection_id, name, coalesce('.' || namespace, ''));
  create unique index stream_visible on ${schema}.stream (collection_id, visible) where visible is not null;
  create unique index stream_building on ${schema}.stream (collection_id, building) where building is not null;
  create table ${schema}.generation (
    serial bigint generated always as identity primary key,
    collection_id text collate "C" not null,
    id bigint not null,
    definition text not null,
    sync_mode text not null,
    key_parts integer not null,
    own_table boolean not null default false,
    state text,
    state_row bigint not null default 0,
    last_row bigint not null default 0,
    record_count bigint not null default 0,
    matched bigint not null default 0
  );
  create unique index generation_id on ${schema}.generation (collection_id, id);
  ${Array.from({ length: sharedTables }, (_, number) => sharedTable(schema, number)).join('\n')}
`,
];

const sharedTables = 16;

const columns = 'row bigint not null, key bytea, key_text text, synced_at bigint not null, data text not null';

function sharedTable(schema: string, number: number): string {
  const name = `record_shared_${number}`;
  return `create table ${schema}.${name} (generation bigint not null, ${columns}, primary key (generation, row));
  create unique index ${name}_key on ${schema}.${name} (key);`;
}

/**
 * Where the records of a generation are. The means is the same as in SQLite, where a generation is a table and a collection a file, and so are
 * the words; `row`, `key` and `data` too. The difference is that a table of PostgreSQL costs about five files and forty rows of the catalog:
 *
 * - A generation begins in one of a few shared tables, and moves to a table of its own when it has more than 10,000 records (an option). So the number of
 *   tables follows from how much is stored, not from how many connections and streams there are. What is big goes by DROP TABLE, without
 *   dead rows, WAL or VACUUM; what is small goes by a short DELETE.
 * - No declarative partitions. Creating or dropping one takes locks on the parent that everybody uses, and each session reads the bounds of all
 *   of them anew afterwards, which thousands of them make slow. Here a statement names the one table it means: planning costs the same
 *   whatever is beside it, and DDL is waited for by nobody.
 * - The price: a statement for each stream of a page, and a copy of at most 10,000 rows once in the life of a big generation.
 */
export interface Place {
  /** Quoted, with its schema. */
  readonly table: string;
  /** `and`-ed to a condition on the rows of `alias`: empty where all rows are the generation's. */
  rowsOf(alias: string): string;
  /** The column and the value that say whose a row is: empty where all rows are the generation's. */
  readonly column: string;
  readonly value: string;
  /**
   * A key as it is stored, and back. In a shared table the generation's serial stands before it, so that one column is unique: what the planner
   * believes of a generation's size, which it has never seen, cannot make it choose another way than the one look into this index.
   */
  storedKey(key: string): string;
  readKey(stored: string): string;
}

export function placeOfRecords(schema: string, { serial, own_table }: { readonly serial: number; readonly own_table: boolean }): Place {
  const same = (key: string) => key;
  if (own_table) return { table: `${schema}.record_${Number(serial)}`, rowsOf: () => '', column: '', value: '', storedKey: same, readKey: same };
  const table = `${schema}.record_shared_${serial % sharedTables}`;
  const owner = `'\\x${serial.toString(16).padStart(16, '0')}'::bytea`;
  return {
    table,
    rowsOf: (alias) => `${alias}.generation = ${Number(serial)} and `,
    column: 'generation, ',
    value: `${Number(serial)}, `,
    storedKey: (key) => `${owner} || ${key}`,
    readKey: (stored) => `substr(${stored}, 9)`,
  };
}

/** A table for one generation; the key of a record is unique in it where it has one. */
export function ownTable(schema: string, serial: number, keyed: boolean): string {
  const name = `record_${Number(serial)}`;
  const table = `create table ${schema}.${name} (${columns}, primary key (row));`;
  return keyed ? `${table} create unique index ${name}_key on ${schema}.${name} (key);` : table;
}
