import type { Ctx } from '../context.ts';
import { type Db, rowReader } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { type ConfiguredStream, ConfiguredStreamEntity } from './configured-stream.entity.ts';
import { ConnectionTestEntity } from './connection-test.entity.ts';
import { type Credential, CredentialEntity } from './credential.entity.ts';
import { type SourceConnection, SourceConnectionEntity } from './source-connection.entity.ts';

export const sourceConnections = rowReader(SourceConnectionEntity);
export const configuredStreams = rowReader(ConfiguredStreamEntity);
export const connectionTests = rowReader(ConnectionTestEntity);
export const credentials = rowReader(CredentialEntity);

/** @throws NotFoundError when it is not the caller's */
export async function getSourceConnection({ db }: Pick<Ctx, 'db'>, id: string): Promise<SourceConnection> {
  const raw = await db.selectFrom('source_connection').selectAll().where('id', '=', id).executeTakeFirst();
  if (!raw) throw new NotFoundError('source connection', id);
  return sourceConnections.toRow(raw);
}

/** One that can still be changed. @throws NotFoundError when it is not the caller's, or deleted */
export async function getLiveSourceConnection(ctx: Pick<Ctx, 'db'>, id: string): Promise<SourceConnection> {
  const connection = await getSourceConnection(ctx, id);
  if (connection.deletedAt || connection.deletingAt) throw new NotFoundError('source connection', id);
  return connection;
}

/** The configured set, in order. */
export async function streamsOf(db: Db, sourceConnectionId: string): Promise<ConfiguredStream[]> {
  return (await everyStreamOf(db, sourceConnectionId)).filter(({ configured }) => configured);
}

/** Those too that were taken out of the set and may have left records behind. */
export async function everyStreamOf(db: Db, sourceConnectionId: string): Promise<ConfiguredStream[]> {
  const rows = await db
    .selectFrom('configured_stream')
    .selectAll()
    .where('source_connection_id', '=', sourceConnectionId)
    .orderBy('position')
    .execute();
  return rows.map(configuredStreams.toRow);
}

export async function credentialOf(db: Db, connection: SourceConnection): Promise<Credential | undefined> {
  if (!connection.credentialId) return undefined;
  const raw = await db.selectFrom('credential').selectAll().where('id', '=', connection.credentialId).executeTakeFirst();
  return raw && credentials.toRow(raw);
}
