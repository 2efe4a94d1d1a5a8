import type { Client } from 'pg';

export interface ColumnType {
  /** Of the type itself; of a domain, of what it is made from. */
  readonly oid: number;
  /** As PostgreSQL writes it: `numeric(10,2)`. */
  readonly name: string;
  /** Of an array; `null` when it is none. */
  readonly element: { readonly oid: number; readonly delimiter: string } | null;
}

export interface Column {
  readonly name: string;
  readonly notNull: boolean;
  readonly type: ColumnType;
}

/** A table, partitioned table, view, materialized view or foreign table that the user may read, at least in part. */
export interface Relation {
  readonly namespace: string;
  readonly name: string;
  /** Only those that the user may read. */
  readonly columns: readonly Column[];
  /** `[]` when there is none, or when the user may not read all of it. */
  readonly primaryKey: readonly string[];
  readonly estimatedRecordCount: number | null;
}

/** Before PostgreSQL 14, 0 also meant "not counted yet". */
const rowsOf = (alias: string) =>
  `case when ${alias}.reltuples > 0 or (${alias}.reltuples = 0 and current_setting('server_version_num')::int >= 140000) then ${alias}.reltuples end`;

const relationsSql = `
  with recursive base(oid, root) as (
    select oid, oid from pg_catalog.pg_type where typtype <> 'd'
    union all
    select t.oid, b.root from pg_catalog.pg_type t join base b on t.typbasetype = b.oid where t.typtype = 'd'
  )
  select n.nspname as namespace, c.relname as name,
    case c.relkind
      when 'p' then (select case when count(*) = count(${rowsOf('leaf')}) then sum(leaf.reltuples) end
        from pg_catalog.pg_partition_tree(c.oid) tree join pg_catalog.pg_class leaf on leaf.oid = tree.relid where tree.isleaf)
      when 'v' then null
      else ${rowsOf('c')}
    end::float8 as "estimatedRecordCount",
    coalesce((
      select json_agg(json_build_object('name', a.attname, 'notNull', a.attnotnull, 'type', json_build_object(
        'oid', b.root::int8, 'name', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'element', case when e.oid is not null then json_build_object('oid', eb.root::int8, 'delimiter', e.typdelim) end)) order by a.attnum)
      from pg_catalog.pg_attribute a
        join base b on b.oid = a.atttypid
        left join pg_catalog.pg_type e on e.typarray = b.root
        left join base eb on eb.oid = e.oid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
    ), '[]') as columns,
    coalesce((
      select json_agg(a.attname order by k.position)
      from pg_catalog.pg_index i
        cross join unnest(i.indkey::int2[]) with ordinality k(attnum, position)
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and k.position <= i.indnkeyatts
      having bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
    ), '[]') as "primaryKey"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[]) and ($2::text is null or c.relname = $2)
    and c.relkind in ('r', 'p', 'v', 'm', 'f') and ($2::text is not null or not c.relispartition)
    and pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
  order by n.nspname collate "C", c.relname collate "C"`;

/** In a stable order: by schema, then by name. */
export async function listRelations(client: Client, schemas: readonly string[]): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(relationsSql, [schemas, null]);
  return rows;
}

export async function findRelation(client: Client, schema: string, name: string): Promise<Relation | undefined> {
  const { rows } = await client.query<Relation>(relationsSql, [[schema], name]);
  return rows[0];
}

export async function missingSchemas(client: Client, schemas: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) name where not exists (select from pg_catalog.pg_namespace where nspname = name)',
    [schemas],
  );
  return rows.map(({ name }) => name);
}
