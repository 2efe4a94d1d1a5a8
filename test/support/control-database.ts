import { randomBytes } from 'node:crypto';
import { capture } from './canaries/run-folder.ts';
import { type PostgresDatabase, type PostgresServer, startPostgres } from './postgres.ts';

/** With HEADGATE_TEST_DATABASE=postgresql gateways under test keep their control data there. */
const onPostgresql = process.env['HEADGATE_TEST_DATABASE'] === 'postgresql';

let server: Promise<PostgresServer> | undefined;
const byFolder = new Map<string, Promise<PostgresDatabase>>();
const keys = `test:${randomBytes(32).toString('base64')}`;

/** What a gateway on this folder has to be told: the same database whenever it is started on it, made when it first is. */
export async function databaseVariables(dataDir: string): Promise<Record<string, string>> {
  if (!onPostgresql) return {};
  server ??= startPostgres();
  const { host, port, user, password, createDatabase } = await server;
  const made = byFolder.get(dataDir) ?? createDatabase();
  byFolder.set(dataDir, made);
  const { database } = await made;
  return {
    DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`,
    HEADGATE_ENCRYPTION_KEYS: keys,
  };
}

/** What is stored is looked through for secrets, as the files of a data folder are. */
export async function dropDatabase(dataDir: string): Promise<void> {
  const made = await byFolder.get(dataDir);
  if (!made) return;
  byFolder.delete(dataDir);
  const tables = await made.client.query<{ name: string }>(
    "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
  );
  for (const { name } of tables.rows) {
    const rows = await made.client.query<{ row: string }>(`select ${name}::text as row from ${name}`);
    for (const { row } of rows.rows) capture(`postgresql-${made.database}`, `${row}\n`);
  }
  await made.drop();
}
