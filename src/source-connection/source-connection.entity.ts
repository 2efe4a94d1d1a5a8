import { defineEntity, p } from '@mikro-orm/core';
import type { AuthMethod, JsonObject } from '../connector/connector.ts';
import type { RowOf } from '../db/rows.ts';
import type { Actor } from '../lib/actor.ts';
import type { ConnectionHealth, Freshness } from '../schedule/freshness.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { PauseReason, SourceConnectionStatus } from './status.ts';

export const SourceConnectionEntity = defineEntity({
  name: 'SourceConnection',
  tableName: 'source_connection',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    collectionId: p.string(),
    sourceShortName: p.string(),
    version: p.integer(),
    name: p.string(),
    description: p.string().nullable(),
    config: p.json<JsonObject>(),
    authMethod: p.string().$type<AuthMethod>(),
    credentialId: p.string().nullable(),
    metadata: p.json<Record<string, string>>(),
    /** Derived from the facets below by `deriveStatus`, rewritten whenever one changes. */
    status: p.string().$type<SourceConnectionStatus>(),
    statusReason: p.text().nullable(),
    deletedAt: p.datetime().nullable(),
    deletingAt: p.datetime().nullable(),
    /** A delete under way takes the records along. */
    deletesData: p.boolean(),
    authorizationPending: p.boolean(),
    /** The source refused the stored credentials. */
    credentialsRefused: p.boolean(),
    pausedAt: p.datetime().nullable(),
    pauseReason: p.string().$type<PauseReason>().nullable(),
    /** Failed jobs since the last that succeeded. */
    consecutiveFailures: p.integer(),
    activeSyncJobId: p.string().nullable(),
    /** The newer of the last test and the last finished job failed; this is its message. */
    lastFailure: p.text().nullable(),
    /** Passed a test or a job since credentials or config changed. */
    verified: p.boolean(),
    schedule: p.json<Schedule>(),
    /** Derived by `retime`: `null` while nothing runs by itself, or its schedule is suspended. */
    nextScheduledRun: p.datetime().nullable(),
    freshness: p.json<Freshness>(),
    /** Derived by `retime`: when it counts as DELAYED unless a job succeeds before; `null` = nothing is expected of it. */
    delayedAt: p.datetime().nullable(),
    health: p.string().$type<ConnectionHealth>(),
    lastSucceededAt: p.datetime().nullable(),
    /** When it pauses itself. */
    pauseAt: p.datetime().nullable(),
    latestTestId: p.string().nullable(),
    latestSyncJobId: p.string().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    createdBy: p.json<Actor>(),
    updatedBy: p.json<Actor>(),
  },
});
export type SourceConnection = RowOf<typeof SourceConnectionEntity>;
