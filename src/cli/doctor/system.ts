import Database from 'better-sqlite3';
import { headgateVersion } from '../../lib/version.ts';
import { type Finding, ok } from './finding.ts';

export function checkVersions(): Finding[] {
  const memory = new Database(':memory:');
  const sqlite = memory.prepare<[], string>('select sqlite_version()').pluck().get();
  memory.close();
  // An older Node.js would not have got here: main.ts refuses it.
  return [ok('versions', `Headgate ${headgateVersion()}, Node.js ${process.versions.node}, SQLite ${sqlite}, ${process.platform} ${process.arch}`)];
}
