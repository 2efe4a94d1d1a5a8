import { isDeepStrictEqual } from 'node:util';
import type { DiscoveredStream } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { type ConfigurationInput, checkConfiguration } from './configuration.ts';
import type { ConnectionTest } from './connection-test.entity.ts';
import { changeSourceConnection } from './facets.ts';
import { getLiveSourceConnection, getSourceConnection } from './read.ts';
import { newTest, runSetupTest, storeTest } from './setup-test.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { targetOf } from './target.ts';

/** Tests a saved source connection with its stored credentials. A failed test is a result, not an error. @throws NotFoundError */
export async function testSourceConnection(ctx: Ctx, id: string): Promise<{ test: ConnectionTest; sourceConnection: SourceConnection }> {
  const connection = await getLiveSourceConnection(ctx, id);
  const target = await targetOf(ctx, ctx.db, connection);
  const outcome = await ctx.probes.check(target);
  const test = newTest(connection, outcome);
  const failed = outcome.status === 'FAILED';
  const sourceConnection = await inTransaction(ctx, async (tx) => {
    await storeTest(tx, test);
    const now = await getSourceConnection(tx, id);
    // Its credentials are gone, and its status is nobody's concern any more.
    if (now.deletedAt) return now;
    // A verdict on a configuration that was replaced meanwhile says nothing about the new one.
    if (!isDeepStrictEqual(await targetOf(ctx, tx.db, now), target)) return now;
    return changeSourceConnection(tx, id, {
      latestTestId: test.id,
      lastFailure: failed ? outcome.message : null,
      ...(failed ? {} : { verified: true }),
      // Only a refusal condemns the stored credentials; only a pass acquits them.
      ...(outcome.failureType === 'AUTH' ? { credentialsRefused: true } : failed ? {} : { credentialsRefused: false }),
    });
  });
  return { test, sourceConnection };
}

/** Tests configuration that is not saved, and stores the test. @throws ValidationError */
export async function testSource(
  ctx: Ctx,
  input: ConfigurationInput,
): Promise<{ test: ConnectionTest; streams: readonly DiscoveredStream[] | null }> {
  const { connector: _, ...target } = checkConfiguration(input);
  const { outcome, streams } = await runSetupTest(ctx, target);
  const test = newTest({ organizationId: ctx.organizationId, collectionId: null, id: null }, outcome);
  await inTransaction(ctx, async (tx) => {
    await storeTest(tx, test);
    return test;
  });
  return { test, streams };
}
