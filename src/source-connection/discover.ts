import type { DiscoveredStream } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { getLiveSourceConnection } from './read.ts';
import { refuse } from './setup-test.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { targetOf } from './target.ts';

/**
 * Asks the source of a saved connection what it offers now. Changes nothing.
 * @throws NotFoundError InvalidCredentialsError SourceUnavailableError ConnectionTestFailedError
 */
export async function discoverStreams(ctx: Ctx, id: string): Promise<{ streams: readonly DiscoveredStream[]; sourceConnection: SourceConnection }> {
  const sourceConnection = await getLiveSourceConnection(ctx, id);
  const startedAt = performance.now();
  const discovered = await ctx.probes.discover(await targetOf(ctx, ctx.db, sourceConnection));
  if (discovered.ok) return { streams: discovered.streams, sourceConnection };
  const { message, failureType } = discovered;
  const durationMs = Math.round(performance.now() - startedAt);
  const step = { title: 'List the streams', status: 'FAILED', message, details: null, durationMs } as const;
  throw await refuse(ctx, sourceConnection, { status: 'FAILED', message, failureType, steps: [step], durationMs });
}
