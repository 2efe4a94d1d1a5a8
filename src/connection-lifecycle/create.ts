import type { Collection } from '../collection/collection.entity.ts';
import { type CreateCollectionInput, insertCollection } from '../collection/create.ts';
import { findCollection, getCollection } from '../collection/read.ts';
import { findConnector } from '../connectors/index.ts';
import type { Ctx } from '../context.ts';
import { loadOwn } from '../db/rows.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { ForbiddenError, ValidationError } from '../errors.ts';
import { once, type ResultIds, type Settle } from '../idempotency/once.ts';
import { newId } from '../lib/typeid.ts';
import { normalFreshness } from '../schedule/freshness.ts';
import { anchored, manualSchedule } from '../schedule/schedule.ts';
import { type ConfigurationInput, checkConfiguration, issuesOfConfiguration, withStoredCredential } from '../source-connection/configuration.ts';
import type { ConnectionTest } from '../source-connection/connection-test.entity.ts';
import { CredentialEntity } from '../source-connection/credential.entity.ts';
import { sealCredentials } from '../source-connection/credentials.ts';
import { logStatus } from '../source-connection/facets.ts';
import { connectionTests, getSourceConnection } from '../source-connection/read.ts';
import { retime } from '../source-connection/retime.ts';
import { newTest, refuse, runSetupTest, storeTest } from '../source-connection/setup-test.ts';
import { type SourceConnection, SourceConnectionEntity } from '../source-connection/source-connection.entity.ts';
import { deriveStatus, deriveStatusReason, type Facets } from '../source-connection/status.ts';
import { insertStreams, planStreams, type StreamInput } from '../source-connection/stream-plan.ts';
import { type CheckedTiming, checkTiming, issuesOfTiming, type TimingInput } from '../source-connection/timing-input.ts';
import { getSyncJob } from '../sync-job/read.ts';
import { insertSyncJob } from '../sync-job/start.ts';
import type { SyncJob } from '../sync-job/sync-job.entity.ts';

/** Where the records go: into a collection that is there, or a new one. */
export type CollectionChoice = { readonly id: string } | { readonly readableId: string } | { readonly create: CreateCollectionInput };

export interface CreateInput extends ConfigurationInput, TimingInput {
  readonly name: string;
  readonly description?: string | null | undefined;
  /** Absent: a new one, named like the source connection. */
  readonly collection?: CollectionChoice | undefined;
  readonly streams?: readonly StreamInput[] | null | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly runSetupTests: boolean;
  readonly syncImmediately: boolean;
  /** A stored credential to copy instead of `credentials`. */
  readonly credentialId?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

export interface Created {
  readonly sourceConnection: SourceConnection;
  readonly test: ConnectionTest | null;
  readonly syncJob: SyncJob | null;
}

/**
 * Tests the source first and saves nothing when the test fails; then saves credential, collection, connection, streams and the first job in one transaction.
 * Without setup tests nothing is dialled: the streams are then discovered by the first sync, unless they are given.
 * @throws ValidationError NotFoundError ForbiddenError ConflictError InvalidCredentialsError SourceUnavailableError ConnectionTestFailedError
 */
export function createSourceConnection(ctx: Ctx, { idempotencyKey, ...input }: CreateInput): Promise<Created> {
  return once<Created>(ctx, {
    mutation: 'createSourceConnection',
    key: idempotencyKey,
    input,
    work: (settle) => makeSourceConnection(ctx, input, settle),
    recall: (ids) => recallCreated(ctx, ids),
  });
}

/** Makes it, without a thought of idempotency: `settle` has to be called once, as it is in the transaction that does it. */
export async function makeSourceConnection(ctx: Ctx, input: Omit<CreateInput, 'idempotencyKey'>, settle: Settle): Promise<Created> {
  const existing = await existingCollection(ctx, input.collection);
  const { timing, connector, ...target } = check(await withStoredCredential(ctx, input, input.credentialId));

  const setup = input.runSetupTests ? await runSetupTest(ctx, target) : null;
  if (setup && !setup.streams)
    throw await refuse(ctx, { organizationId: ctx.organizationId, collectionId: existing?.id ?? null, id: null }, setup.outcome);
  const planned = planStreams(connector, setup?.streams ?? null, input.streams);

  const created = await inTransaction(ctx, async (tx): Promise<Created> => {
    // Read again: it may have been deleted during the test.
    const collection = existing ? await getCollection(tx, { id: existing.id }) : await insertCollection(tx, ctx.organizationId, newCollection(input));
    const id = newId('sc');
    const test = setup && newTest({ organizationId: ctx.organizationId, collectionId: collection.id, id }, setup.outcome);
    const credentialId =
      target.authMethod === 'NONE'
        ? null
        : await insertCredential(tx, ctx, { name: input.name, collectionId: collection.id }, { connector, ...target });
    const connection = newConnection(ctx, { id, collection, input, target, timing, credentialId, testId: test?.id ?? null });
    await tx.em.insert(SourceConnectionEntity, connection);
    if (test) await storeTest(tx, test);
    await logStatus(tx, connection);
    await insertStreams(tx, connection, planned);
    const job = { sourceConnection: connection, streams: planned, mode: 'INCREMENTAL', trigger: 'CREATE', actor: ctx.actor } as const;
    const started = input.syncImmediately ? await insertSyncJob(tx, job) : { sourceConnection: connection, syncJob: null };
    await settle(tx, { sourceConnection: id, test: test?.id ?? null, syncJob: started.syncJob?.id ?? null });
    return { test, ...started };
  });
  if (created.syncJob) ctx.queue.enqueue(created.syncJob.id);
  return created;
}

/** @throws ValidationError with every issue at once */
function check(input: CreateInput): ReturnType<typeof checkConfiguration> & { readonly timing: CheckedTiming } {
  const limits = findConnector(input.sourceShortName);
  const issues = [...issuesOfConfiguration(input), ...issuesOfTiming(input, limits)];
  if (issues.length > 0) throw new ValidationError(issues);
  return { ...checkConfiguration(input), timing: checkTiming(input, limits) };
}

/**
 * The collection that was chosen, nothing when a new one is wanted. Who sees only some collections hears the same of all others, be they there or not.
 * @throws NotFoundError ForbiddenError
 */
async function existingCollection(ctx: Ctx, choice: CollectionChoice | undefined): Promise<Collection | undefined> {
  const wanted = choice && !('create' in choice) ? choice : undefined;
  if (ctx.collectionIds === null) return wanted && getCollection(ctx, wanted);
  const own = wanted && (await findCollection(ctx, wanted));
  if (!own) throw new ForbiddenError('Your key is for certain collections. Name one of them.');
  return own;
}

/** What an earlier call with the same idempotency key made, as it is now. */
export async function recallCreated(ctx: Ctx, ids: ResultIds): Promise<Created> {
  const [test] = ids['test'] ? await loadOwn(ctx, connectionTests, [ids['test']]) : [];
  return {
    sourceConnection: await getSourceConnection(ctx, ids['sourceConnection'] ?? ''),
    test: test ?? null,
    syncJob: ids['syncJob'] ? await getSyncJob(ctx, ids['syncJob']) : null,
  };
}

function newCollection({ collection, name }: CreateInput): CreateCollectionInput {
  return collection && 'create' in collection ? collection.create : { name };
}

async function insertCredential(
  tx: Transaction,
  ctx: Ctx,
  { name, collectionId }: { name: string; collectionId: string },
  { connector, authMethod, credentials }: ReturnType<typeof checkConfiguration>,
): Promise<string> {
  const id = newId('cred');
  const now = new Date();
  await tx.em.insert(CredentialEntity, {
    id,
    organizationId: ctx.organizationId,
    collectionId,
    sourceShortName: connector.shortName,
    name,
    authMethod,
    ...sealCredentials(ctx.encryptionKeys, { organizationId: ctx.organizationId, credentialId: id }, connector, authMethod, credentials),
    createdAt: now,
    rotatedAt: now,
    expiresAt: null,
  });
  return id;
}

interface NewConnection {
  readonly id: string;
  readonly collection: Collection;
  readonly input: CreateInput;
  readonly target: Pick<ReturnType<typeof checkConfiguration>, 'sourceShortName' | 'config' | 'authMethod'>;
  readonly timing: CheckedTiming;
  readonly credentialId: string | null;
  /** Of the test that was passed, `null` when none was asked for. */
  readonly testId: string | null;
}

function newConnection(ctx: Ctx, { id, collection, input, target, timing, credentialId, testId }: NewConnection): SourceConnection {
  const now = new Date();
  const facets: Facets = {
    deletedAt: null,
    deletingAt: null,
    authorizationPending: false,
    credentialsRefused: false,
    pausedAt: null,
    pauseReason: null,
    consecutiveFailures: 0,
    activeSyncJobId: null,
    lastFailure: null,
    verified: testId !== null,
  };
  const connection: SourceConnection = {
    ...facets,
    deletesData: false,
    id,
    organizationId: ctx.organizationId,
    collectionId: collection.id,
    sourceShortName: target.sourceShortName,
    version: 1,
    name: input.name,
    description: input.description ?? null,
    config: target.config,
    authMethod: target.authMethod,
    credentialId,
    metadata: input.metadata ?? {},
    status: deriveStatus(facets),
    statusReason: deriveStatusReason(facets),
    latestTestId: testId,
    latestSyncJobId: null,
    createdAt: now,
    updatedAt: now,
    createdBy: ctx.actor,
    updatedBy: ctx.actor,
    schedule: anchored(timing.schedule ?? manualSchedule, now),
    nextScheduledRun: null,
    freshness: timing.freshness ?? normalFreshness,
    delayedAt: null,
    health: 'ON_SCHEDULE',
    lastSucceededAt: null,
    pauseAt: timing.pauseAt ?? null,
  };
  return { ...connection, ...retime(undefined, connection, now) };
}
