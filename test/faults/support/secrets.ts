import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sealedColumns } from '../../../src/cli/sealed-columns.ts';
import { open, seal } from '../../../src/lib/cipher.ts';
import { readKeyFile } from '../../../src/lib/key-file.ts';
import { type EncryptionKey, keyRingOf } from '../../../src/lib/key-ring.ts';
import { plantKeysOf } from '../../support/canary.ts';
import { writeControlRows } from '../../support/control-rows.ts';
import { type FileServer, serveFiles } from '../../support/http-files.ts';
import { mutate } from '../../support/mutate.ts';
import type { Subject } from './subject.ts';
import { hold } from './violation.ts';

interface Row {
  readonly id: string;
  readonly organization_id: string;
}

const keysOf = (dataDir: string): EncryptionKey[] => readKeyFile(join(dataDir, 'encryption.keys'));

/** How many keys the key file has: more than one while a rotation is under way. */
export function countKeys(dataDir: string): number {
  plantKeysOf(dataDir);
  return keysOf(dataDir).length;
}

/** Every secret of a data folder, opened with nothing but its key file, by table and id. @throws Violation when one does not open */
export function openedSecrets(dataDir: string): Map<string, string> {
  const opened = new Map<string, string>();
  // Whoever rotates meanwhile adds a key before it is used, and takes one away when it is not used any more.
  const before = keysOf(dataDir);
  const database = new Database(join(dataDir, 'headgate.db'), { readonly: true, timeout: 10_000 });
  try {
    const sealed = database.transaction(() =>
      sealedColumns.flatMap(({ table, column, boundTo }) =>
        (database.prepare(`select * from ${table} where ${column} <> ''`).all() as (Row & Record<string, string>)[]).map((row) => ({
          name: `${table} ${row.id}`,
          boundTo: boundTo({ id: row.id, organizationId: row.organization_id }),
          sealed: row[column] ?? '',
        })),
      ),
    )();
    const ring = keyRingOf([...before, ...keysOf(dataDir)]);
    for (const each of sealed) {
      try {
        opened.set(each.name, open(ring, each.boundTo, each.sealed));
      } catch (error) {
        hold('secrets', false, `${each.name} does not open: ${String(error)}`);
      }
    }
    return opened;
  } finally {
    database.close();
  }
}

/** Puts as many more credentials beside those of a gateway, so that a rotation takes its time. */
export function addCredentials(dataDir: string, count: number): void {
  const ring = keyRingOf(keysOf(dataDir));
  writeControlRows({ dataDir }, (database) => {
    const row = database.prepare<[], Row>('select * from credential').get();
    if (!row) throw new Error('there is no credential to copy');
    const columns = Object.keys(row);
    const insert = database.prepare(`insert into credential (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`);
    database.transaction(() => {
      for (let index = 0; index < count; index++) {
        const id = `cred_more_${String(index).padStart(6, '0')}`;
        insert.run({ ...row, id, sealed: seal(ring, `${row.organization_id}|${id}`, `of ${id}`) });
      }
    })();
  });
}

/** A source that asks for a password, which is good for reading nothing else. */
export async function servePeople(password: string): Promise<FileServer & { readonly input: object }> {
  const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
  const server = await serveFiles({ '/people.csv': { body: 'id,name\n1,Ann\n2,Bo\n', authorization } });
  const input = {
    name: 'People',
    sourceShortName: 'files',
    config: { url: `${server.origin}/people.csv` },
    authMethod: 'CREDENTIALS',
    credentials: { username: 'reader', password },
  };
  return { ...server, input };
}

/** The gateway itself can open the credential: its source takes it. @throws Violation */
export async function holdReadable({ gateway }: Pick<Subject, 'gateway'>, connectionId: string): Promise<void> {
  const result = await mutate(gateway, 'testSourceConnection', { id: connectionId });
  hold('secrets', result['test']?.status === 'PASSED', `a credential could not be used: ${JSON.stringify(result)}`);
}
