import { collections } from '../collection/read.ts';
import { type AnyConnectorContext, type Connector, isSameStream } from '../connector/connector.ts';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { CollectionKey } from '../records/store.ts';
import type { ConfiguredStream } from '../source-connection/configured-stream.entity.ts';
import { everyStreamOf, sourceConnections, streamsOf } from '../source-connection/read.ts';
import { replaceStreams } from '../source-connection/replace-streams.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { planStreams } from '../source-connection/stream-plan.ts';
import type { ClaimedJob } from './claim.ts';
import { LetGoError } from './lease.ts';
import { pendingStream } from './start.ts';
import { type SyncJob, SyncJobEntity } from './sync-job.entity.ts';

/** What a job is about. */
export interface SyncSubject {
  readonly connection: SourceConnection;
  readonly collection: CollectionKey;
  /** The configured streams that this job syncs; discovered now when none were ever configured. @throws SourceFailure */
  streams(services: Services, claimed: ClaimedJob, connector: Connector, context: AnyConnectorContext): Promise<ConfiguredStream[]>;
}

export async function loadSubject(services: Services, job: SyncJob): Promise<SyncSubject> {
  const { db } = services;
  const connection = sourceConnections.toRow(
    await db.selectFrom('source_connection').selectAll().where('id', '=', job.sourceConnectionId).executeTakeFirstOrThrow(),
  );
  const collection = collections.toRow(await db.selectFrom('collection').selectAll().where('id', '=', job.collectionId).executeTakeFirstOrThrow());
  return {
    connection,
    collection: { id: collection.id, number: collection.number },
    async streams(services, claimed, connector, context) {
      if (job.mode === 'CLEAR')
        return (await everyStreamOf(services.db, connection.id)).filter((stream) => job.streams.some((wanted) => isSameStream(wanted, stream)));
      const configured = await streamsOf(services.db, connection.id);
      if (configured.length > 0) return configured.filter((stream) => job.streams.some((wanted) => isSameStream(wanted, stream)));
      const planned = planStreams(connector, await connector.discover(context), null);
      return inTransaction(services, async (tx) => {
        const held = await tx.em.nativeUpdate(SyncJobEntity, { id: job.id, leaseToken: claimed.leaseToken }, { streams: planned.map(pendingStream) });
        if (held === 0) throw new LetGoError('lost');
        // Some may be known from a set that was configured before.
        await replaceStreams(tx, connection, planned);
        return streamsOf(tx.db, connection.id);
      });
    },
  };
}
