import type { JsonObject } from '../connector/connector.ts';
import { credentialSchemaOf } from '../connector/spec.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { ValidationError } from '../errors.ts';
import { connectorOf } from '../source/catalog.ts';
import type { Target } from '../threads/tasks.ts';
import type { ConnectionTest } from './connection-test.entity.ts';
import { CredentialEntity } from './credential.entity.ts';
import { openCredentials, sealCredentials } from './credentials.ts';
import { changeSourceConnection } from './facets.ts';
import { demandSecrets, isRetargeted, mergeFields } from './merge-fields.ts';
import { credentialOf, getLiveSourceConnection } from './read.ts';
import { newTest, refuse, storeTest } from './setup-test.ts';
import type { SourceConnection } from './source-connection.entity.ts';

export interface UpdateCredentialsInput {
  readonly id: string;
  readonly credentials: JsonObject;
  readonly runSetupTests: boolean;
}

/**
 * Tests the new credentials, then puts them in the place of the old ones. When the test fails the old ones stay in force.
 * A running job keeps those it started with.
 * @throws NotFoundError ValidationError InvalidCredentialsError SourceUnavailableError ConnectionTestFailedError
 */
export async function updateCredentials(
  ctx: Ctx,
  input: UpdateCredentialsInput,
): Promise<{ sourceConnection: SourceConnection; test: ConnectionTest | null }> {
  const connection = await getLiveSourceConnection(ctx, input.id);
  const credential = await credentialOf(ctx.db, connection);
  if (!credential) throw new ValidationError([{ path: ['credentials'], message: 'This source connection has no credentials.' }]);
  const connector = connectorOf(connection.sourceShortName);
  const schema = credentialSchemaOf(connector, connection.authMethod);
  const stored = openCredentials(ctx.encryptionKeys, credential);
  const credentials = mergeFields(schema, stored, input.credentials, ['credentials']);
  if (isRetargeted(schema, stored, credentials)) demandSecrets(schema, stored, input.credentials);
  const target: Target = { sourceShortName: connection.sourceShortName, config: connection.config, authMethod: connection.authMethod, credentials };

  const outcome = input.runSetupTests ? await ctx.probes.check(target) : null;
  if (outcome?.status === 'FAILED') throw await refuse(ctx, connection, outcome);

  const test = outcome && newTest(connection, outcome);
  const now = new Date();
  const owner = { organizationId: ctx.organizationId, credentialId: credential.id };
  const sourceConnection = await inTransaction(ctx, async (tx) => {
    const sealed = sealCredentials(ctx.encryptionKeys, owner, connector, connection.authMethod, credentials);
    // The row as it was read: what another update changed during the test must not be lost.
    const swapped = await tx.em.nativeUpdate(CredentialEntity, { id: credential.id, sealed: credential.sealed }, { ...sealed, rotatedAt: now });
    if (swapped === 0) return void tx.report(null);
    if (test) await storeTest(tx, test);
    const verdict = test ? { latestTestId: test.id, lastFailure: null, verified: true } : { lastFailure: null, verified: false };
    return changeSourceConnection(tx, connection.id, { ...verdict, credentialsRefused: false }, ctx.actor);
  });
  // Then the fields given here are merged with what the other one left, and tested together.
  return sourceConnection ? { sourceConnection, test } : updateCredentials(ctx, input);
}
