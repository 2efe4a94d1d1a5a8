import { builder } from '../builder.ts';
import { CollectionRef } from '../collection/collection.graphql.ts';
import { collections } from '../collection/read.ts';
import { loadOwn } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { ActorRef, OrganizationRef } from '../organization/organization.graphql.ts';
import { connectorOf } from '../source/catalog.ts';
import { AuthMethodEnum, SourceRef, SyncModeEnum } from '../source/source.graphql.ts';
import type { ConfiguredStream } from './configured-stream.entity.ts';
import { ConnectionTestRef } from './connection-test.graphql.ts';
import type { Credential } from './credential.entity.ts';
import { configuredStreams, credentials, sourceConnections } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import type { sourceConnectionStatuses } from './status.ts';

export const SourceConnectionStatusEnum = builder.enumType('SourceConnectionStatus', {
  description: 'What a source connection is up to, in one word. The first that holds.',
  values: {
    PENDING_AUTH: { description: 'Somebody still has to grant access in a browser.' },
    UNVERIFIED: { description: 'It has passed neither a test nor a sync since its credentials or config changed.' },
    ACTIVE: { description: 'All is well.' },
    SYNCING: { description: 'A sync job is active.' },
    ERROR: { description: 'The newer of the last test and the last finished job failed.' },
    NEEDS_REAUTH: { description: 'The source refused the stored credentials: enter new ones.' },
    PAUSED: { description: 'It starts no jobs by itself.' },
    DELETING: { description: 'It is being deleted.' },
    DELETED: { description: 'It is gone; it stays readable for the sake of its jobs and records, until retention removes them.' },
  } satisfies Record<(typeof sourceConnectionStatuses)[number], object>,
});

const CredentialRef = builder.loadableNodeRef('Credential', {
  id: { resolve: (credential: Credential) => credential.id },
  toKey: ({ id }: Credential) => id,
  sort: true,
  load: (ids: string[], ctx) => loadOwn(ctx, credentials, ids),
});
CredentialRef.implement({
  description: 'The sealed half of a source connection. No secret is ever returned, nor a part of one.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What to show.' }),
    authMethod: t.expose('authMethod', { type: AuthMethodEnum, description: 'What kind of credentials these are.' }),
    publicValues: t.field({
      type: 'JSONObject',
      description: 'The fields that are no secrets: host, database, username.',
      resolve: ({ publicValues }) => publicValues,
    }),
    secretFields: t.stringList({ description: 'The names of the secret fields that are set.', resolve: ({ secretFields }) => secretFields }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were first stored.' }),
    rotatedAt: t.expose('rotatedAt', { type: 'DateTime', description: 'When they were last replaced; the time of creation when never.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the source will refuse them; null when that is not known.',
    }),
  }),
});

const ConfiguredStreamRef = builder.objectRef<ConfiguredStream>('ConfiguredStream').implement({
  description: 'One stream of a source connection, and how it is synced.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its id.' }),
    name: t.exposeString('name', { description: 'The name that the source gives it.' }),
    namespace: t.exposeString('namespace', {
      nullable: true,
      description: 'What groups it in the source, for example a schema; null when the source has none.',
    }),
    syncMode: t.expose('syncMode', { type: SyncModeEnum, description: 'How it is read and stored.' }),
    cursorField: t.stringList({
      nullable: true,
      description: 'The path of the field that orders it: `["meta", "updated_at"]`.',
      resolve: ({ cursorField }) => cursorField,
    }),
    primaryKey: t.field({
      type: t.listRef(t.listRef('String')),
      description: 'The paths of the fields that identify a record; empty when there are none.',
      resolve: ({ primaryKey }) => primaryKey,
    }),
    selectedFields: t.stringList({
      nullable: true,
      description: 'The fields that are synced; null = all.',
      resolve: ({ selectedFields }) => selectedFields,
    }),
    state: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'Where the next incremental read resumes; null = from the beginning.',
      resolve: ({ state }) => state,
    }),
    recordCount: t.expose('recordCount', { type: 'SafeInt', description: 'How many records of it are stored.' }),
  }),
});

export const SourceConnectionRef = builder.loadableNodeRef('SourceConnection', {
  id: { resolve: (connection: SourceConnection) => connection.id },
  toKey: ({ id }: SourceConnection) => id,
  sort: true,
  load: (ids: string[], ctx) => loadOwn(ctx, sourceConnections, ids),
});
SourceConnectionRef.implement({
  description: "One organization's configured source: what is dialled, how, and where its records go.",
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Grows with every visible change: a cache keeps the higher one.' }),
    name: t.exposeString('name', { description: 'What to show, 4 to 42 characters.' }),
    description: t.exposeString('description', { nullable: true, description: 'What people wrote about it, at most 255 characters.' }),
    source: t.field({
      type: SourceRef,
      description: 'The kind of system that it connects.',
      resolve: ({ sourceShortName }) => connectorOf(sourceShortName),
    }),
    collection: t.loadable({
      type: CollectionRef,
      description: 'Where its records land; a deleted source connection also names one that was deleted after it.',
      byPath: false,
      resolve: ({ collectionId }) => collectionId,
      async load(ids: string[], ctx) {
        const found = new Map((await loadOwn(ctx, collections, ids)).map((collection) => [collection.id, collection]));
        return ids.map((id) => found.get(id) ?? new NotFoundError('collection', id));
      },
    }),
    organization: t.field({ type: OrganizationRef, description: 'Who owns it.', resolve: ({ organizationId }) => organizationId }),
    status: t.expose('status', { type: SourceConnectionStatusEnum, description: 'What it is up to, in one word.' }),
    statusReason: t.exposeString('statusReason', { nullable: true, description: 'Why, in one sentence for a person; null when nothing is wrong.' }),
    authMethod: t.expose('authMethod', { type: AuthMethodEnum, description: 'How the source lets us in.' }),
    credential: t.field({
      type: CredentialRef,
      nullable: true,
      description: 'Its stored credentials; null when the source needs none.',
      resolve: ({ credentialId }) => credentialId,
    }),
    config: t.field({
      type: 'JSONObject',
      description: 'The public half of its configuration, with defaults filled in.',
      resolve: ({ config }) => config,
    }),
    streams: t.loadableGroup({
      type: ConfiguredStreamRef,
      description: 'Its streams, in the order they were configured; empty until the first sync when the source has not been asked yet.',
      byPath: false,
      resolve: ({ id }) => id,
      group: ({ sourceConnectionId }) => sourceConnectionId,
      async load(ids: string[], ctx) {
        const rows = await ctx.db
          .selectFrom('configured_stream')
          .selectAll()
          .where('source_connection_id', 'in', ids)
          .where('configured', '=', true)
          .orderBy('source_connection_id')
          .orderBy('position')
          .execute();
        return rows.map(configuredStreams.toRow);
      },
    }),
    metadata: t.field({ type: 'JSONObject', description: 'Your own pairs of texts, at most 16.', resolve: ({ metadata }) => metadata }),
    latestTest: t.field({
      type: ConnectionTestRef,
      nullable: true,
      description: 'The last test with the stored configuration.',
      resolve: ({ latestTestId }) => latestTestId,
    }),
    recordCount: t.loadable({
      type: 'SafeInt',
      description: 'How many records of it are stored, over all streams.',
      byPath: false,
      resolve: ({ id }) => id,
      async load(ids: string[], ctx) {
        const rows = await ctx.db
          .selectFrom('configured_stream')
          .select(({ fn }) => ['source_connection_id', fn.sum('record_count').as('count')])
          .where('source_connection_id', 'in', ids)
          .groupBy('source_connection_id')
          .execute();
        const counts = new Map(rows.map((row) => [row['source_connection_id'], Number(row['count'])]));
        return ids.map((id) => counts.get(id) ?? 0);
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When something visible last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted; it stays readable by id until retention removes it.',
    }),
    createdBy: t.field({ type: ActorRef, description: 'Who created it.', resolve: ({ createdBy }) => createdBy }),
    updatedBy: t.field({ type: ActorRef, description: 'Who last changed its configuration.', resolve: ({ updatedBy }) => updatedBy }),
  }),
});
