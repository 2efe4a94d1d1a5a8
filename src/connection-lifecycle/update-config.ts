import { isDeepStrictEqual } from 'node:util';
import { type Connector, isSameStream, type JsonObject } from '../connector/connector.ts';
import { credentialSchemaOf } from '../connector/spec.ts';
import type { Ctx } from '../context.ts';
import type { Db } from '../db/rows.ts';
import { inTransaction } from '../db/transaction.ts';
import { SyncInProgressError, ValidationError } from '../errors.ts';
import { connectorOf } from '../source/catalog.ts';
import type { ConnectionTest } from '../source-connection/connection-test.entity.ts';
import { type Credential, CredentialEntity } from '../source-connection/credential.entity.ts';
import { openCredentials, sealCredentials } from '../source-connection/credentials.ts';
import { type ConnectionChanges, changeSourceConnection } from '../source-connection/facets.ts';
import { demandSecrets, isRetargeted, mergeFields } from '../source-connection/merge-fields.ts';
import { credentialOf, getLiveSourceConnection, streamsOf } from '../source-connection/read.ts';
import { replaceStreams } from '../source-connection/replace-streams.ts';
import { newTest, refuse, runSetupTest, type SetupTest, storeTest } from '../source-connection/setup-test.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { type PlannedStream, planStreams, type StreamInput } from '../source-connection/stream-plan.ts';
import { findActiveSyncJob } from '../sync-job/read.ts';
import type { Target } from '../threads/tasks.ts';

export interface UpdateConfigInput {
  readonly id: string;
  readonly config?: JsonObject | null | undefined;
  readonly credentials?: JsonObject | null | undefined;
  readonly streams?: readonly StreamInput[] | null | undefined;
  readonly runSetupTests: boolean;
}

/**
 * Changes how a source is read: config, credentials and streams together, tested first, then swapped in one transaction.
 * @throws NotFoundError ValidationError SyncInProgressError InvalidCredentialsError SourceUnavailableError ConnectionTestFailedError
 */
export async function updateConfig(ctx: Ctx, input: UpdateConfigInput): Promise<{ sourceConnection: SourceConnection; test: ConnectionTest | null }> {
  const connection = await getLiveSourceConnection(ctx, input.id);
  if (input.streams?.length === 0)
    throw new ValidationError([{ path: ['streams'], message: 'Name at least one stream, or leave it out to keep the set.' }]);
  await refuseWhileSyncing(ctx.db, connection.id);
  const connector = connectorOf(connection.sourceShortName);
  const credential = await credentialOf(ctx.db, connection);
  const target = mergeTarget(ctx, connector, connection, credential, input);

  const setup = input.runSetupTests ? await runSetupTest(ctx, target) : null;
  if (setup && !setup.streams) throw await refuse(ctx, connection, setup.outcome);
  const planned = await plan(ctx, connector, connection, setup, input);

  const updated = await inTransaction(ctx, async (tx) => {
    const now = await getLiveSourceConnection(tx, connection.id);
    await refuseWhileSyncing(tx.db, connection.id);
    // What another update changed during the test must not be lost, nor go into force without having been tested together.
    if (!isDeepStrictEqual(now.config, connection.config) || (await credentialOf(tx.db, now))?.sealed !== credential?.sealed)
      return void tx.report(null);
    const test = setup && newTest(connection, setup.outcome);
    if (test) await storeTest(tx, test);
    if (credential && input.credentials) {
      const owner = { organizationId: ctx.organizationId, credentialId: credential.id };
      const sealed = sealCredentials(ctx.encryptionKeys, owner, connector, connection.authMethod, target.credentials);
      await tx.em.nativeUpdate(CredentialEntity, { id: credential.id }, { ...sealed, rotatedAt: new Date() });
    }
    if (planned) await replaceStreams(tx, connection, planned);
    const changes = { config: target.config, ...verdict(now, target, test, input) };
    return { sourceConnection: await changeSourceConnection(tx, connection.id, changes, ctx.actor), test };
  });
  // Then the fields given here are merged with what the other one left, and tested together.
  return updated ?? updateConfig(ctx, input);
}

/** What is known of the source connection now. Streams alone change nothing about it, and only new credentials make a refusal of the old ones moot. */
function verdict(now: SourceConnection, target: Target, test: ConnectionTest | null, { credentials }: UpdateConfigInput): ConnectionChanges {
  if (test) return { latestTestId: test.id, lastFailure: null, credentialsRefused: false, verified: true };
  if (!credentials && isDeepStrictEqual(now.config, target.config)) return {};
  if (now.credentialsRefused && !credentials) return { verified: false };
  return { lastFailure: null, credentialsRefused: false, verified: false };
}

async function refuseWhileSyncing(db: Db, sourceConnectionId: string): Promise<void> {
  const active = await findActiveSyncJob(db, sourceConnectionId);
  if (active) throw new SyncInProgressError(active.id);
}

/** The configuration as it would be. A changed target, in either half, needs every secret again. @throws ValidationError */
function mergeTarget(
  ctx: Ctx,
  connector: Connector,
  connection: SourceConnection,
  credential: Credential | undefined,
  input: UpdateConfigInput,
): Target {
  const { authMethod } = connection;
  const schema = credentialSchemaOf(connector, authMethod);
  const stored = credential ? openCredentials(ctx.encryptionKeys, credential) : {};
  const given = input.credentials ?? {};
  if (!credential && Object.keys(given).length > 0) {
    throw new ValidationError([{ path: ['credentials'], message: 'This source connection has no credentials.' }]);
  }
  const config = mergeFields(connector.configSchema, connection.config, input.config ?? {}, ['config']);
  const credentials = mergeFields(schema, stored, given, ['credentials']);
  if (isRetargeted(connector.configSchema, connection.config, config) || isRetargeted(schema, stored, credentials))
    demandSecrets(schema, stored, given);
  return { sourceShortName: connector.shortName, config, authMethod, credentials };
}

/** The new set of streams; nothing when it stays. With a new config, streams that the source does not offer any more are dropped. */
async function plan(
  ctx: Ctx,
  connector: Connector,
  connection: SourceConnection,
  setup: SetupTest | null,
  input: UpdateConfigInput,
): Promise<readonly PlannedStream[] | null> {
  const discovered = setup?.streams ?? null;
  if (input.streams) return planStreams(connector, discovered, input.streams);
  if (!input.config || !discovered) return null;
  const kept = (await streamsOf(ctx.db, connection.id)).filter((stream) => discovered.some((offered) => isSameStream(offered, stream)));
  return kept.length > 0 ? planStreams(connector, discovered, kept) : planStreams(connector, discovered, null);
}
