import type { Database } from 'better-sqlite3';

export interface Column {
  readonly name: string;
  /** As declared: `VARCHAR(20)`; `''` when nothing was. */
  readonly type: string;
  /** Never NULL: declared so, or part of a key that cannot be. */
  readonly notNull: boolean;
}

export interface Relation {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** The name under which the row id can be asked for; `null` when there is none: a view, WITHOUT ROWID, or all its names are taken. */
  readonly rowid: string | null;
  /** What ANALYZE counted last. */
  readonly estimatedRecordCount: number | null;
}

interface ListedRelation {
  readonly name: string;
  readonly type: 'table' | 'view' | 'virtual';
  readonly withoutRowid: 0 | 1;
}

interface ListedColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: 0 | 1;
  /** The place in the primary key, from 1; 0 when it is no part of it. */
  readonly keyPlace: number;
}

const relationsSql = `
  select name, type, wr as withoutRowid from pragma_table_list
  where schema = 'main' and type in ('table', 'view', 'virtual') and name not like 'sqlite\\_%' escape '\\'`;

/** Hidden columns of kind 1 are parameters of a virtual table; 2 and 3 are generated, and data as any. */
const columnsSql = `select name, type, "notnull" as "notNull", pk as keyPlace from pragma_table_xinfo(?) where hidden <> 1 order by cid`;

/** In a stable order. @param onBroken is told of each view or virtual table that SQLite cannot make sense of */
export function listRelations(database: Database, onBroken: (name: string, error: unknown) => void): Relation[] {
  return database
    .prepare<[], ListedRelation>(`${relationsSql} order by name`)
    .all()
    .flatMap((listed) => {
      try {
        return [describe(database, listed)];
      } catch (error) {
        onBroken(listed.name, error);
        return [];
      }
    });
}

export function findRelation(database: Database, name: string): Relation | undefined {
  const listed = database.prepare<[string], ListedRelation>(`${relationsSql} and name = ?`).get(name);
  return listed && describe(database, listed);
}

function describe(database: Database, { name, type, withoutRowid }: ListedRelation): Relation {
  const listed = database.prepare<[string], ListedColumn>(columnsSql).all(name);
  const key = listed.filter(({ keyPlace }) => keyPlace > 0).sort((a, b) => a.keyPlace - b.keyPlace);
  // An INTEGER PRIMARY KEY is the row id itself and has no index of its own. Any other key of a table with row ids may hold NULL unless declared.
  const isRowid =
    key.length === 1 && !withoutRowid && !database.prepare<[string]>(`select 1 from pragma_index_list(?) where origin = 'pk'`).get(name);
  const columns = listed.map((column) => ({
    name: column.name,
    type: column.type,
    notNull: column.notNull === 1 || (column.keyPlace > 0 && (withoutRowid === 1 || isRowid)),
  }));
  const taken = new Set(listed.map((column) => column.name.toLowerCase()));
  return {
    name,
    columns,
    primaryKey: key.map((column) => column.name),
    rowid: type === 'table' && !withoutRowid ? (['rowid', '_rowid_', 'oid'].find((each) => !taken.has(each)) ?? null) : null,
    estimatedRecordCount: countedBefore(database, name),
  };
}

function countedBefore(database: Database, name: string): number | null {
  if (!database.prepare(`select 1 from sqlite_schema where name = 'sqlite_stat1'`).get()) return null;
  const row = database.prepare<[string], { stat: unknown }>('select stat from sqlite_stat1 where tbl = ? and stat is not null').get(name);
  const count = Number.parseInt(String(row?.stat), 10);
  return Number.isSafeInteger(count) ? count : null;
}
