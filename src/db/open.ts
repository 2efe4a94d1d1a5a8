import type { DatabaseLocation } from '../config/database.ts';
import type { ControlDatabase, Entities, OpenControlDatabase } from './orm.ts';

/** Opens the control database where it is; only the engine that is used is loaded. Migrations are not applied here. */
export async function openControlDatabase(location: DatabaseLocation, options: OpenControlDatabase, entities: Entities): Promise<ControlDatabase> {
  if (location.engine === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite({ path: location.path, role: options.role }, entities);
  }
  const { openPostgresql } = await import('./postgresql.ts');
  return openPostgresql({ url: location.url, ...options }, entities);
}
