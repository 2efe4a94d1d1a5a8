import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { ownApplicationId } from '../../connector/own-database.ts';
import { schemaVersion } from '../../records/sqlite/schema.ts';
import { count, inMebibytes } from '../output.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { openUnchanged } from './open-unchanged.ts';

const check = 'record files';

interface Collection {
  readonly id: string;
  readonly name: string;
  readonly isDeleted: 0 | 1;
  readonly records: number;
}

export function checkRecordFiles(database: Database.Database, recordsDirectory: string): Finding[] {
  const collections = database
    .prepare<[], Collection>(
      `select id, name, deleted_at is not null as isDeleted,
       coalesce((select sum(record_count) from configured_stream where collection_id = collection.id), 0) as records from collection order by id`,
    )
    .all();
  const files = existsSync(recordsDirectory) ? readdirSync(recordsDirectory).filter((name) => name.endsWith('.db')) : [];
  const live = collections.filter(({ isDeleted }) => !isDeleted);
  const wrong = [
    ...live.flatMap((collection) => checkCollection(collection, join(recordsDirectory, `${collection.id}.db`))),
    ...files.flatMap((name) =>
      checkOrphan(
        collections.find(({ id }) => `${id}.db` === name),
        join(recordsDirectory, name),
      ),
    ),
  ];
  const bytes = files.reduce((sum, name) => sum + statSync(join(recordsDirectory, name)).size, 0);
  return wrong.length > 0 ? wrong : [ok(check, `${count(files.length, 'file')} for ${count(live.length, 'collection')}, ${inMebibytes(bytes)}`)];
}

function checkCollection({ name, records }: Collection, path: string): Finding[] {
  if (!existsSync(path)) {
    if (records === 0) return [];
    return [
      fail(
        check,
        `The ${count(records, 'record')} of "${name}" are gone: there is no ${path}.`,
        'Restore the file from a backup, or run its source connections with mode FULL_REFRESH.',
      ),
    ];
  }
  const remedy = 'Restore the file from a backup.';
  try {
    const file = openUnchanged(path);
    try {
      const version = file.pragma('user_version', { simple: true });
      if (file.pragma('application_id', { simple: true }) !== ownApplicationId) return [fail(check, `${path} is not a file of Headgate.`, remedy)];
      if (version !== schemaVersion)
        return [fail(check, `${path} has version ${String(version)}, this release reads ${schemaVersion}.`, 'Use the release that wrote it.')];
      return [];
    } finally {
      file.close();
    }
  } catch (error) {
    return [fail(check, `${path} cannot be read: ${(error as Error).message}.`, remedy)];
  }
}

function checkOrphan(collection: Collection | undefined, path: string): Finding[] {
  if (collection && !collection.isDeleted) return [];
  return collection
    ? [warn(check, `${path} is of a deleted collection.`, 'The next start removes it.')]
    : [warn(check, `${path} belongs to no collection.`, 'Move it away, if you know that it was not put there for a purpose.')];
}
