import type { Database } from 'better-sqlite3';

export interface Place {
  readonly organizationId: string;
  readonly collectionId: string;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

/** The tables of the database as it is, without those of SQLite itself. */
export function tablesOf(database: Database): string[] {
  return database.prepare<[], string>(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`).pluck().all();
}

export function columnsOf(database: Database, table: string): Column[] {
  const columns = database.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[];
  return columns.map(({ name, type, pk }) => ({ name, type: type.toLowerCase(), isKey: pk > 0 }));
}

let count = 1000;

/** A row of any table in a place, with made-up values in the other columns. @returns what it holds */
export function insertRow(database: Database, table: string, { organizationId, collectionId }: Place): Record<string, string | number> {
  count += 1;
  const unique = count;
  const row = Object.fromEntries(
    columnsOf(database, table).map(({ name, type }): [string, string | number] => {
      if (table === 'organization' && name === 'id') return [name, organizationId];
      if (table === 'collection' && name === 'id') return [name, collectionId];
      if (name === 'organization_id') return [name, organizationId];
      if (name === 'collection_id') return [name, collectionId];
      return [name, /int/.test(type) ? unique : `${name} ${unique}`];
    }),
  );
  const names = Object.keys(row);
  database.prepare(`insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`).run(...Object.values(row));
  return row;
}
