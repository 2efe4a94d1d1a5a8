import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Transaction } from './database.ts';
import { steps } from './schema.ts';

/** Makes the schema and what is in it, or brings it up to date. Of several that start at once one does it and the others wait. */
export async function setUp(tx: Transaction, schemaName: string): Promise<void> {
  const { length: newest } = steps('');
  const version = await versionOf(tx);
  if (version > newest) throw new Error(`the schema ${schemaName} has version ${version}, this release reads ${newest}`);
  if (version === newest) return;
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended(${escapeLiteral(`headgate records ${schemaName}`)}, 0))`);
  // A schema that somebody else made for us is enough: making one takes a right that we need not have.
  const [found] = await tx.rows(`select 1 from pg_namespace where nspname = $1`, [schemaName]);
  if (!found) await tx.rows(`create schema ${tx.schema}`);
  await tx.rows(`create table if not exists ${tx.schema}.version (version integer not null)`);
  for (const [index, step] of steps(tx.schema).entries()) {
    if (index >= (await versionOf(tx)))
      await tx.rows(`${step}; delete from ${tx.schema}.version; insert into ${tx.schema}.version values (${index + 1})`);
  }
}

async function versionOf(tx: Transaction): Promise<number> {
  const [table] = await tx.rows<{ found: boolean }>('select to_regclass($1) is not null as found', [`${tx.schema}.${escapeIdentifier('version')}`]);
  if (!table?.found) return 0;
  const [row] = await tx.rows<{ version: number }>(`select version from ${tx.schema}.version`);
  return row?.version ?? 0;
}
