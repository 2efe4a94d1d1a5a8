import type Database from 'better-sqlite3';
import { migrationState } from '../../db/migration-state.ts';
import { count } from '../output.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export function checkMigrations(database: Database.Database): Finding[] {
  const { pending, unknown } = migrationState(database);
  if (unknown.length > 0)
    return [
      fail('migrations', `The database is from a newer Headgate (${unknown.join(', ')}).`, 'Use that version, or restore a backup of this one.'),
    ];
  if (pending.length > 0) return [warn('migrations', `Not applied yet: ${pending.join(', ')}.`, 'The next start applies them. Make a backup first.')];
  return [ok('migrations', 'all applied')];
}

export function checkIntegrity(database: Database.Database): Finding[] {
  const remedy = 'Stop the gateway and restore a backup; keep the damaged files for analysis.';
  const problems = database.pragma('quick_check(5)') as { quick_check: string }[];
  const dangling = database.pragma('foreign_key_check') as { table: string }[];
  const isWhole = problems.length === 1 && problems[0]?.quick_check === 'ok';
  return [
    isWhole ? ok('integrity', 'the control database is whole') : fail('integrity', problems.map(({ quick_check }) => quick_check).join('; '), remedy),
    ...(dangling.length > 0
      ? [fail('integrity', `${count(dangling.length, 'row points', 'rows point')} nowhere, the first in "${dangling[0]?.table}".`, remedy)]
      : []),
  ];
}
