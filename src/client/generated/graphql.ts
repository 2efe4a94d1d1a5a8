/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** How a source lets us in. */
export type AuthMethod =
  /** A key or a token. */
  | 'API_KEY'
  /** A name and a password, or the like. */
  | 'CREDENTIALS'
  /** It needs no credentials. */
  | 'NONE'
  /** A person grants access in a browser. */
  | 'OAUTH2';

/** Which sync job to cancel. */
export type CancelSyncJobInput = {
  /** The id of the sync job. */
  readonly id: string;
};

/** Which collection: exactly one of the two. */
export type CollectionBy =
  {   /** By its id. */
  readonly id: string; readonly readableId?: never; }
  |  { readonly id?: never;   /** By its slug. */
  readonly readableId: string; };

/** Which records of the collection. Conditions are combined with AND. */
export type CollectionRecordFilter = {
  /** From this source connection. */
  readonly sourceConnectionId?: string | null | undefined;
  /** Of this stream. */
  readonly stream?: StreamRefInput | null | undefined;
};

/** A collection: exactly one of the three. */
export type CollectionRefInput =
  {   /** A new one. */
  readonly create: CreateCollectionInput; readonly id?: never; readonly readableId?: never; }
  |  { readonly create?: never;   /** One that exists, by its id. */
  readonly id: string; readonly readableId?: never; }
  |  { readonly create?: never; readonly id?: never;   /** One that exists, by its slug. */
  readonly readableId: string; };

/** How a test went. */
export type ConnectionTestStatus =
  /** It does not work; the steps tell where it ended. */
  | 'FAILED'
  /** The source answers and lets us in. */
  | 'PASSED'
  /** It works, but somebody should look at it. */
  | 'WARNING';

/** How one step of a test went. */
export type ConnectionTestStepStatus =
  /** The test itself broke; it says nothing about the source. */
  | 'ERRORED'
  /** The source is to blame; the message says what to do. */
  | 'FAILED'
  /** As it should be. */
  | 'PASSED'
  /** Not needed with this configuration. */
  | 'SKIPPED'
  /** It works, but somebody should look at it. */
  | 'WARNING';

/** A new collection. */
export type CreateCollectionInput = {
  /** What to show, 1 to 80 characters. */
  readonly name: string;
  /** A slug of lower-case letters, digits and hyphens, at most 64; made of the name when left out. */
  readonly readableId?: string | null | undefined;
};

/** A new source connection. */
export type CreateSourceConnectionInput = {
  /** The first of the source that the given credentials fit, when left out. */
  readonly authMethod?: AuthMethod | null | undefined;
  /** Where its records go; a new collection, named like the connection, when left out. */
  readonly collection?: CollectionRefInput | null | undefined;
  /** The source's configFields, flat unless its configSchema nests. */
  readonly config?: Record<string, unknown> | null | undefined;
  /** Copies stored credentials of the same source instead; host, database and the like come along. */
  readonly credentialId?: string | null | undefined;
  /** The source's authFields, flat unless its authSchema nests. Secrets are sealed and never returned. */
  readonly credentials?: Record<string, unknown> | null | undefined;
  /** At most 255 characters. */
  readonly description?: string | null | undefined;
  /** How late its records may be before it counts as DELAYED; NORMAL when left out. */
  readonly freshness?: FreshnessInput | null | undefined;
  /** A word of your own, at most 255 characters: the same key and input within 24 hours gives the first answer again, other input is a ConflictError. */
  readonly idempotencyKey?: string | null | undefined;
  /** Your own pairs of texts: at most 16, keys up to 64 and values up to 512 characters. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** What to show, 4 to 42 characters. */
  readonly name: string;
  /** When it is to pause itself, a time to come: the end of a trial. */
  readonly pauseAt?: string | null | undefined;
  /** Whether to test the source first; a failed test saves nothing. With false nothing is dialled and the connection is UNVERIFIED. */
  readonly runSetupTests?: boolean;
  /** When it runs by itself; only when it is asked to, when left out. */
  readonly schedule?: ScheduleInput | null | undefined;
  /** The source, for example "postgresql". */
  readonly sourceShortName: string;
  /** What to sync; everything that the source offers when left out. */
  readonly streams?: ReadonlyArray<StreamInput> | null | undefined;
  /** Whether to start the first sync job right away. */
  readonly syncImmediately?: boolean;
};

/** Runs at the times of a cron expression. */
export type CronScheduleInput = {
  /** 5 fields as in cron: `30 9 * * MON-FRI`; or 6 or 7 as in Quartz, with seconds first and a year last: `0 30 9 ? * MON-FRI 2027`. A time that is left out when the clocks change comes right after the gap; one that comes twice runs once. */
  readonly expression: string;
  /** An IANA time zone: `Europe/Berlin`. */
  readonly timezone?: string;
};

/** What went wrong, for programs. Also in `extensions.code` of errors[]. */
export type ErrorCode =
  /** It contradicts something that exists already. */
  | 'CONFLICT'
  /** The source answered, but something that the configuration names is not there. */
  | 'CONNECTION_TEST_FAILED'
  /** What came after the cursor was pruned; list again and go on from there. */
  | 'CURSOR_EXPIRED'
  /** Your role does not allow this. */
  | 'FORBIDDEN'
  /** A bug or an outage on our side; quote the request id. */
  | 'INTERNAL'
  /** The source refused the credentials. */
  | 'INVALID_CREDENTIALS'
  /** The sync job is in a status from which this is not possible. */
  | 'INVALID_TRANSITION'
  /** More was asked for than is allowed at once. */
  | 'LIMIT_EXCEEDED'
  /** There is no such object, or it is not yours. */
  | 'NOT_FOUND'
  /** Too many requests; wait and try again. */
  | 'RATE_LIMITED'
  /** The source could not be reached. */
  | 'SOURCE_UNAVAILABLE'
  /** There is no room left to write; reading still works. */
  | 'STORAGE_FULL'
  /** Another sync job of the source connection is active. */
  | 'SYNC_IN_PROGRESS'
  /** No key, or one that is not valid any more. */
  | 'UNAUTHORIZED'
  /** The input breaks a rule; the issues name the fields. */
  | 'VALIDATION_FAILED';

/** Who is to blame for a failure. */
export type FailureOrigin =
  /** Headgate. */
  | 'PLATFORM'
  /** The source, or its configuration. */
  | 'SOURCE';

/** What kind of failure it was. */
export type FailureType =
  /** The source refused the credentials. */
  | 'AUTH'
  /** The configuration names something that is not there. */
  | 'CONFIG'
  /** A bug or an outage on our side. */
  | 'INTERNAL'
  /** The source asked us to slow down. */
  | 'RATE_LIMIT'
  /** The source fell silent. */
  | 'TIMEOUT'
  /** Something broke off that may work the next time. */
  | 'TRANSIENT'
  /** The source could not be reached. */
  | 'UNAVAILABLE';

/** How late the records of a source connection may be. */
export type FreshnessInput = {
  /** How soon it counts as DELAYED. */
  readonly sensitivity: FreshnessSensitivity;
  /** Minutes after the last success, 1 to 525600; CUSTOM needs it, and only CUSTOM has it. */
  readonly thresholdMinutes?: number | null | undefined;
};

/** How soon a source connection that has not synced counts as DELAYED. A period is the distance between two runs of its schedule. */
export type FreshnessSensitivity =
  /** So many minutes after the last success as its threshold says. */
  | 'CUSTOM'
  /** Two periods after the last success. */
  | 'HIGH'
  /** Eight periods after the last success. */
  | 'LOW'
  /** Four periods after the last success. */
  | 'NORMAL'
  /** One period after the last success. */
  | 'SYNC_FREQUENCY';

/** What to do when a job of the source connection is active already. */
export type IfRunning =
  /** Answer with the active job. */
  | 'ATTACH'
  /** Have a job wait behind the active one; when one waits there already, answer with that. */
  | 'QUEUE'
  /** Answer with SyncInProgressError. */
  | 'REJECT'
  /** Cancel the active job, and whatever waits behind it, and start when it has stopped. */
  | 'REPLACE';

/** Runs every so many minutes. */
export type IntervalScheduleInput = {
  /** The time of day as "HH:MM" in the time zone; only with 1440 minutes. */
  readonly dailySyncTime?: string | null | undefined;
  /** One of 1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440; not below the minIntervalMinutes of the source. */
  readonly minutes: number;
  /** An IANA time zone, for dailySyncTime: `Europe/Berlin`. */
  readonly timezone?: string;
};

/** How much a line of a log matters. */
export type LogLevel =
  /** For whoever looks for a bug. */
  | 'DEBUG'
  /** Something failed. */
  | 'ERROR'
  /** What happens. */
  | 'INFO'
  /** Somebody may want to look at it. */
  | 'WARN';

/** Which end comes first. */
export type OrderDirection =
  /** The smallest, or the oldest, first. */
  | 'ASC'
  /** The greatest, or the newest, first. */
  | 'DESC';

/** What to sync. */
export type RunSourceConnectionInput = {
  /** The id of the source connection. */
  readonly id: string;
  /** A word of your own, at most 255 characters: the same key and input within 24 hours gives the first answer again, other input is a ConflictError. */
  readonly idempotencyKey?: string | null | undefined;
  /** What to do when a job is active already. */
  readonly ifRunning?: IfRunning;
  /** INCREMENTAL or FULL_REFRESH. */
  readonly mode?: SyncJobMode;
  /** Only these streams; all when left out. */
  readonly streams?: ReadonlyArray<StreamRefInput> | null | undefined;
};

/** When a source connection is to run by itself: exactly one of these. */
export type ScheduleInput =
  {   /** True: again as soon as the last run is over, after a few seconds when it found nothing new. For sources with supportsContinuous; best when every stream is read incrementally, as others are read whole each time. */
  readonly continuous: boolean; readonly cron?: never; readonly interval?: never; readonly manual?: never; }
  |  { readonly continuous?: never;   /** At the times of a cron expression. */
  readonly cron: CronScheduleInput; readonly interval?: never; readonly manual?: never; }
  |  { readonly continuous?: never; readonly cron?: never;   /** Every so many minutes, or daily at a time. */
  readonly interval: IntervalScheduleInput; readonly manual?: never; }
  |  { readonly continuous?: never; readonly cron?: never; readonly interval?: never;   /** True: only when it is asked to. */
  readonly manual: boolean; };

/** Which source connections. Conditions are combined with AND. */
export type SourceConnectionFilter = {
  /** Of this collection. */
  readonly collectionId?: string | null | undefined;
  /** Also the deleted ones, which are left out otherwise. */
  readonly includeDeleted?: boolean | null | undefined;
  /** With all of these pairs. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** Part of the name, in any case. */
  readonly search?: string | null | undefined;
  /** Of one of these sources. */
  readonly sourceShortNames?: ReadonlyArray<string> | null | undefined;
  /** In one of these statuses. */
  readonly statuses?: ReadonlyArray<SourceConnectionStatus> | null | undefined;
};

/** The order of source connections. */
export type SourceConnectionOrder = {
  /** Which end first. */
  readonly direction: OrderDirection;
  /** By what. */
  readonly field: SourceConnectionOrderField;
};

/** What source connections are ordered by. */
export type SourceConnectionOrderField =
  /** By the time of creation. */
  | 'CREATED_AT'
  /** By name. */
  | 'NAME'
  /** By the time of the next scheduled run; those without one come last. */
  | 'NEXT_SCHEDULED_RUN'
  /** By the time of the last visible change. */
  | 'UPDATED_AT';

/** What a source connection is up to, in one word. The first that holds. */
export type SourceConnectionStatus =
  /** All is well. */
  | 'ACTIVE'
  /** It is gone; it stays readable for the sake of its jobs and records, until retention removes them. */
  | 'DELETED'
  /** It is being deleted. */
  | 'DELETING'
  /** The newer of the last test and the last finished job failed. */
  | 'ERROR'
  /** The source refused the stored credentials: enter new ones. */
  | 'NEEDS_REAUTH'
  /** It starts no jobs by itself. */
  | 'PAUSED'
  /** Somebody still has to grant access in a browser. */
  | 'PENDING_AUTH'
  /** A sync job is active. */
  | 'SYNCING'
  /** It has passed neither a test nor a sync since its credentials or config changed. */
  | 'UNVERIFIED';

/** How a form draws a field. */
export type SourceFieldType =
  /** Yes or no. */
  | 'BOOLEAN'
  /** A whole number. */
  | 'INTEGER'
  /** Anything else: see the JSON Schema. */
  | 'JSON'
  /** A number. */
  | 'NUMBER'
  /** One line of text that must not be shown. */
  | 'PASSWORD'
  /** One line of text. */
  | 'STRING'
  /** A list of texts. */
  | 'STRING_LIST'
  /** Several lines of text. */
  | 'TEXT';

/** Which sources of the catalog. Conditions are combined with AND. */
export type SourceFilter = {
  /** Offers this auth method. */
  readonly authMethod?: AuthMethod | null | undefined;
  /** All of these labels. */
  readonly labels?: ReadonlyArray<string> | null | undefined;
  /** Part of the name, the short name or the description, in any case. */
  readonly search?: string | null | undefined;
};

/** A stream to sync. What is left out is decided by what the source says. */
export type StreamInput = {
  /** The path of the field that orders it. */
  readonly cursorField?: ReadonlyArray<string> | null | undefined;
  /** The name that the source gives it. */
  readonly name: string;
  /** Needed when two streams have the same name. */
  readonly namespace?: string | null | undefined;
  /** The paths of the fields that identify a record. */
  readonly primaryKey?: ReadonlyArray<ReadonlyArray<string>> | null | undefined;
  /** Only these fields; all when left out. */
  readonly selectedFields?: ReadonlyArray<string> | null | undefined;
  /** INCREMENTAL_DEDUPED where primary key and cursor are known, else FULL_REFRESH_OVERWRITE, when left out. */
  readonly syncMode?: SyncMode | null | undefined;
};

/** A stream by its name. */
export type StreamRefInput = {
  /** The name that the source gives it. */
  readonly name: string;
  /** Needed when two streams have the same name. */
  readonly namespace?: string | null | undefined;
};

/** Which sync jobs. Conditions are combined with AND. */
export type SyncJobFilter = {
  /** That write into this collection. */
  readonly collectionId?: string | null | undefined;
  /** Asked for after this moment. */
  readonly createdAfter?: string | null | undefined;
  /** Asked for before this moment. */
  readonly createdBefore?: string | null | undefined;
  /** Of this source connection. */
  readonly sourceConnectionId?: string | null | undefined;
  /** In one of these statuses. */
  readonly statuses?: ReadonlyArray<SyncJobStatus> | null | undefined;
  /** Started by one of these. */
  readonly triggers?: ReadonlyArray<SyncJobTrigger> | null | undefined;
};

/** What a sync job does. */
export type SyncJobMode =
  /** Deletes the records and forgets where the streams were. */
  | 'CLEAR'
  /** Every stream from the beginning, as a new generation that replaces the old one when it is complete. */
  | 'FULL_REFRESH'
  /** Each stream by its own sync mode. */
  | 'INCREMENTAL';

/** Where a sync job is in its life. SUCCEEDED, FAILED and CANCELLED are final. */
export type SyncJobStatus =
  /** It was stopped on request; what was committed stays. */
  | 'CANCELLED'
  /** Somebody cancelled it; its worker is stopping. */
  | 'CANCELLING'
  /** It could not go on; what was committed stays. */
  | 'FAILED'
  /** No worker has taken it yet. */
  | 'PENDING'
  /** A worker moves records. */
  | 'RUNNING'
  /** Every stream was read to its end. */
  | 'SUCCEEDED'
  /** It goes on later from its last checkpoint; waitReason says for what. */
  | 'WAITING';

/** How far one stream of a job is. */
export type SyncJobStreamStatus =
  /** Read to its end. */
  | 'COMPLETE'
  /** It could not be read to its end; what was committed stays. */
  | 'INCOMPLETE'
  /** Not begun. */
  | 'PENDING'
  /** Its records are coming. */
  | 'RUNNING';

/** Which transitions. Conditions are combined with AND. */
export type SyncJobTransitionFilter = {
  /** Of the jobs that write into this collection. */
  readonly collectionId?: string | null | undefined;
  /** Of the jobs of this source connection. */
  readonly sourceConnectionId?: string | null | undefined;
  /** Of this sync job. */
  readonly syncJobId?: string | null | undefined;
  /** Into one of these statuses. */
  readonly to?: ReadonlyArray<SyncJobStatus> | null | undefined;
};

/** What started a sync job. */
export type SyncJobTrigger =
  /** The source connection follows its source: the run right after the last one. */
  | 'CONTINUOUS'
  /** The creation of the source connection. */
  | 'CREATE'
  /** Somebody ran it. */
  | 'MANUAL'
  /** Somebody retried a job that had ended. */
  | 'RETRY'
  /** The schedule of the source connection. */
  | 'SCHEDULE';

/** How a stream is read, and what becomes of the records that are there already. */
export type SyncMode =
  /** Read everything each time; add it to what is there. */
  | 'FULL_REFRESH_APPEND'
  /** Read everything each time; it replaces what was there, at once, when it is complete. */
  | 'FULL_REFRESH_OVERWRITE'
  /** Read what is new since the last time; add it. */
  | 'INCREMENTAL_APPEND'
  /** Read what is new since the last time; one record for each primary key, the newest. */
  | 'INCREMENTAL_DEDUPED';

/** Which source connection to test. */
export type TestSourceConnectionInput = {
  /** The id of the source connection. */
  readonly id: string;
};

/** Configuration to test without saving it. */
export type TestSourceInput = {
  /** The first of the source that the given credentials fit, when left out. */
  readonly authMethod?: AuthMethod | null | undefined;
  /** The source's configFields. */
  readonly config?: Record<string, unknown> | null | undefined;
  /** The source's authFields. They are used for this test only, and never stored. */
  readonly credentials?: Record<string, unknown> | null | undefined;
  /** The source, for example "postgresql". */
  readonly sourceShortName: string;
};

/** New credentials for a source connection. */
export type UpdateSourceConnectionCredentialsInput = {
  /** A field left out keeps its value, null clears it. When the host, port or another field that names the system changes, every secret is needed again. */
  readonly credentials: Record<string, unknown>;
  /** The id of the source connection. */
  readonly id: string;
  /** Whether to test the new credentials first; false leaves the source connection UNVERIFIED. */
  readonly runSetupTests?: boolean;
};

/** What to change about a source connection. What is left out stays. */
export type UpdateSourceConnectionInput = {
  /** At most 255 characters; null clears it. */
  readonly description?: string | null | undefined;
  /** How late its records may be before it counts as DELAYED; null is NORMAL. */
  readonly freshness?: FreshnessInput | null | undefined;
  /** The id of the source connection. */
  readonly id: string;
  /** Replaces all pairs: at most 16, keys up to 64 and values up to 512 characters; null empties it. */
  readonly metadata?: Record<string, unknown> | null | undefined;
  /** What to show, 4 to 42 characters. */
  readonly name?: string | null | undefined;
  /** When it is to pause itself, a time to come; null: not any more. */
  readonly pauseAt?: string | null | undefined;
  /** When it runs by itself; intervals are counted from now, unless it has this schedule already. Null is manual. */
  readonly schedule?: ScheduleInput | null | undefined;
};

export type ListSourcesQueryVariables = Exact<{
  filter?: SourceFilter | null | undefined;
}>;


export type ListSourcesQuery = { readonly sources: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly shortName: string, readonly name: string, readonly description: string, readonly authMethods: ReadonlyArray<AuthMethod>, readonly supportedSyncModes: ReadonlyArray<SyncMode>, readonly configFields: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string | null, readonly type: SourceFieldType, readonly required: boolean, readonly secret: boolean, readonly default: unknown, readonly allowedValues: ReadonlyArray<unknown> | null }>, readonly authFields: ReadonlyArray<{ readonly name: string, readonly title: string, readonly description: string | null, readonly type: SourceFieldType, readonly required: boolean, readonly secret: boolean, readonly default: unknown, readonly allowedValues: ReadonlyArray<unknown> | null }> }> } };

export type FieldFragment = { readonly name: string, readonly title: string, readonly description: string | null, readonly type: SourceFieldType, readonly required: boolean, readonly secret: boolean, readonly default: unknown, readonly allowedValues: ReadonlyArray<unknown> | null };

export type TestSourceMutationVariables = Exact<{
  input: TestSourceInput;
}>;


export type TestSourceMutation = { readonly testSource:
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TestSourcePayload', readonly test: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> }, readonly streams: ReadonlyArray<{ readonly namespace: string | null, readonly name: string, readonly supportedSyncModes: ReadonlyArray<SyncMode>, readonly sourceDefinedPrimaryKey: ReadonlyArray<ReadonlyArray<string>> | null, readonly defaultCursorField: ReadonlyArray<string> | null, readonly estimatedRecordCount: number | null }> | null }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CreateCollectionMutationVariables = Exact<{
  input: CreateCollectionInput;
}>;


export type CreateCollectionMutation = { readonly createCollection:
    | { readonly __typename: 'ConflictError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'CreateCollectionPayload', readonly collection: { readonly id: string, readonly name: string, readonly readableId: string, readonly recordCount: number } }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type BrowseRecordsQueryVariables = Exact<{
  by: CollectionBy;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: CollectionRecordFilter | null | undefined;
}>;


export type BrowseRecordsQuery = { readonly collection: { readonly id: string, readonly name: string, readonly recordCount: number, readonly records: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly stream: string, readonly data: Record<string, unknown>, readonly syncedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null };

export type CreateFakeShopMutationVariables = Exact<{ [key: string]: never; }>;


export type CreateFakeShopMutation = { readonly createSourceConnection:
    | { readonly __typename: 'ConflictError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ConnectionTestFailedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'CreateSourceConnectionPayload', readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }, readonly test: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } | null }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidCredentialsError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SourceUnavailableError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string }
   };

export type TestOutcomeFragment = { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> };

export type SourceConnectionSummaryFragment = { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } };

export type SyncJobSummaryFragment = { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null };

export type TransitionFragment = { readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string };

export type ListSourceConnectionsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: SourceConnectionFilter | null | undefined;
  orderBy?: SourceConnectionOrder | null | undefined;
}>;


export type ListSourceConnectionsQuery = { readonly sourceConnections: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly latestSyncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } | null, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type CreateSourceConnectionMutationVariables = Exact<{
  input: CreateSourceConnectionInput;
}>;


export type CreateSourceConnectionMutation = { readonly createSourceConnection:
    | { readonly __typename: 'ConflictError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ConnectionTestFailedError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'CreateSourceConnectionPayload', readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } | null, readonly test: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } | null }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidCredentialsError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SourceUnavailableError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type TestSourceConnectionMutationVariables = Exact<{
  input: TestSourceConnectionInput;
}>;


export type TestSourceConnectionMutation = { readonly testSourceConnection:
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'TestSourceConnectionPayload', readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }, readonly test: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string }
   };

export type UpdateSourceConnectionCredentialsMutationVariables = Exact<{
  input: UpdateSourceConnectionCredentialsInput;
}>;


export type UpdateSourceConnectionCredentialsMutation = { readonly updateSourceConnectionCredentials:
    | { readonly __typename: 'ConnectionTestFailedError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidCredentialsError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'SourceUnavailableError', readonly code: ErrorCode, readonly message: string, readonly failedTest: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } }
    | { readonly __typename: 'UpdateSourceConnectionCredentialsPayload', readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }, readonly test: { readonly id: string, readonly status: ConnectionTestStatus, readonly message: string, readonly durationMs: number, readonly steps: ReadonlyArray<{ readonly title: string, readonly status: ConnectionTestStepStatus, readonly message: string | null, readonly durationMs: number }> } | null }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type UpdateSourceConnectionMutationVariables = Exact<{
  input: UpdateSourceConnectionInput;
}>;


export type UpdateSourceConnectionMutation = { readonly updateSourceConnection:
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'UpdateSourceConnectionPayload', readonly sourceConnection: { readonly description: string | null, readonly metadata: Record<string, unknown>, readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } } }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type WatchSourceConnectionStatusSubscriptionVariables = Exact<{
  sourceConnectionIds?: ReadonlyArray<string> | string | null | undefined;
  collectionId?: string | null | undefined;
}>;


export type WatchSourceConnectionStatusSubscription = { readonly sourceConnectionStatus: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } } };

export type RunSourceConnectionMutationVariables = Exact<{
  input: RunSourceConnectionInput;
}>;


export type RunSourceConnectionMutation = { readonly runSourceConnection:
    | { readonly __typename: 'ConflictError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidTransitionError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RunSourceConnectionPayload', readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly transitions: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string }>, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } } }
    | { readonly __typename: 'SyncInProgressError', readonly code: ErrorCode, readonly message: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string, readonly issues: ReadonlyArray<{ readonly path: ReadonlyArray<string>, readonly message: string }> }
   };

export type CancelSyncJobMutationVariables = Exact<{
  input: CancelSyncJobInput;
}>;


export type CancelSyncJobMutation = { readonly cancelSyncJob:
    | { readonly __typename: 'CancelSyncJobPayload', readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } }
    | { readonly __typename: 'ForbiddenError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'InvalidTransitionError', readonly from: string, readonly to: string, readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'NotFoundError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'RateLimitedError', readonly code: ErrorCode, readonly message: string }
    | { readonly __typename: 'ValidationError', readonly code: ErrorCode, readonly message: string }
   };

export type SyncJobQueryVariables = Exact<{
  id: string;
}>;


export type SyncJobQuery = { readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } }, readonly streams: ReadonlyArray<{ readonly namespace: string | null, readonly name: string, readonly status: SyncJobStreamStatus, readonly recordsRead: number }>, readonly transitions: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string }>, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } | null };

export type ListSyncJobsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: SyncJobFilter | null | undefined;
}>;


export type ListSyncJobsQuery = { readonly syncJobs: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ListSyncJobTransitionsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: SyncJobTransitionFilter | null | undefined;
}>;


export type ListSyncJobTransitionsQuery = { readonly syncJobTransitions: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } };

export type ListWatchedSyncJobsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  filter?: SyncJobTransitionFilter | null | undefined;
}>;


export type ListWatchedSyncJobsQuery = { readonly syncJobTransitions: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly recordCount: number, readonly version: number } }>, readonly pageInfo: { readonly endCursor: string | null, readonly hasNextPage: boolean } } };

export type WatchSyncJobsSubscriptionVariables = Exact<{
  after: string;
  filter?: SyncJobTransitionFilter | null | undefined;
}>;


export type WatchSyncJobsSubscription = { readonly syncJobTransitions: { readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly recordCount: number, readonly version: number } } };

export type WatchedTransitionFragment = { readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly recordCount: number, readonly version: number } };

export type WatchSyncJobTransitionsSubscriptionVariables = Exact<{
  filter?: SyncJobTransitionFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type WatchSyncJobTransitionsSubscription = { readonly syncJobTransitions: { readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string, readonly syncJob: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null }, readonly sourceConnection: { readonly id: string, readonly name: string, readonly status: SourceConnectionStatus, readonly statusReason: string | null, readonly recordCount: number, readonly version: number, readonly source: { readonly shortName: string, readonly name: string }, readonly collection: { readonly id: string, readonly readableId: string } } } };

export type WatchSyncJobProgressSubscriptionVariables = Exact<{
  syncJobIds: ReadonlyArray<string> | string;
}>;


export type WatchSyncJobProgressSubscription = { readonly syncJobProgress: { readonly id: string, readonly status: SyncJobStatus, readonly mode: SyncJobMode, readonly trigger: SyncJobTrigger, readonly attempt: number, readonly version: number, readonly recordsRead: number, readonly recordsInserted: number, readonly recordsUpdated: number, readonly recordsDeleted: number, readonly recordsUnchanged: number, readonly recordsRejected: number, readonly createdAt: string, readonly startedAt: string | null, readonly completedAt: string | null, readonly durationMs: number | null, readonly streams: ReadonlyArray<{ readonly name: string, readonly status: SyncJobStreamStatus, readonly recordsRead: number }>, readonly transitions: ReadonlyArray<{ readonly id: string, readonly cursor: string, readonly sequence: number, readonly from: SyncJobStatus | null, readonly to: SyncJobStatus, readonly attempt: number, readonly reason: string | null, readonly occurredAt: string }>, readonly failure: { readonly type: FailureType, readonly origin: FailureOrigin, readonly message: string, readonly retryable: boolean, readonly stream: string | null } | null } };

export type WatchSyncJobLogsSubscriptionVariables = Exact<{
  syncJobId: string;
  after?: string | null | undefined;
}>;


export type WatchSyncJobLogsSubscription = { readonly syncJobLogs: { readonly cursor: string, readonly sequence: number, readonly at: string, readonly level: LogLevel, readonly stream: string | null, readonly message: string } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const FieldFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Field on SourceField {
  name
  title
  description
  type
  required
  secret
  default
  allowedValues
}
    `, {"fragmentName":"Field"}) as unknown as TypedDocumentString<FieldFragment, unknown>;
export const TestOutcomeFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}
    `, {"fragmentName":"TestOutcome"}) as unknown as TypedDocumentString<TestOutcomeFragment, unknown>;
export const SourceConnectionSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
    `, {"fragmentName":"SourceConnectionSummary"}) as unknown as TypedDocumentString<SourceConnectionSummaryFragment, unknown>;
export const TransitionFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}
    `, {"fragmentName":"Transition"}) as unknown as TypedDocumentString<TransitionFragment, unknown>;
export const SyncJobSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
    `, {"fragmentName":"SyncJobSummary"}) as unknown as TypedDocumentString<SyncJobSummaryFragment, unknown>;
export const WatchedTransitionFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment WatchedTransition on SyncJobTransition {
  ...Transition
  syncJob {
    ...SyncJobSummary
  }
  sourceConnection {
    id
    name
    status
    recordCount
    version
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`, {"fragmentName":"WatchedTransition"}) as unknown as TypedDocumentString<WatchedTransitionFragment, unknown>;
export const ListSourcesDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ListSources($filter: SourceFilter) {
  sources(filter: $filter) {
    nodes {
      shortName
      name
      description
      authMethods
      supportedSyncModes
      configFields {
        ...Field
      }
      authFields {
        ...Field
      }
    }
    totalCount
  }
}
    fragment Field on SourceField {
  name
  title
  description
  type
  required
  secret
  default
  allowedValues
}`) as unknown as TypedDocumentString<ListSourcesQuery, ListSourcesQueryVariables>;
export const TestSourceDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation TestSource($input: TestSourceInput!) {
  testSource(input: $input) {
    __typename
    ... on TestSourcePayload {
      test {
        ...TestOutcome
      }
      streams {
        namespace
        name
        supportedSyncModes
        sourceDefinedPrimaryKey
        defaultCursorField
        estimatedRecordCount
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}`) as unknown as TypedDocumentString<TestSourceMutation, TestSourceMutationVariables>;
export const CreateCollectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateCollection($input: CreateCollectionInput!) {
  createCollection(input: $input) {
    __typename
    ... on CreateCollectionPayload {
      collection {
        id
        name
        readableId
        recordCount
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateCollectionMutation, CreateCollectionMutationVariables>;
export const BrowseRecordsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query BrowseRecords($by: CollectionBy!, $first: Int, $after: String, $filter: CollectionRecordFilter) {
  collection(by: $by) {
    id
    name
    recordCount
    records(first: $first, after: $after, filter: $filter) {
      nodes {
        id
        stream
        data
        syncedAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BrowseRecordsQuery, BrowseRecordsQueryVariables>;
export const CreateFakeShopDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateFakeShop {
  createSourceConnection(
    input: {
      name: "Fake shop"
      sourceShortName: "faker"
      config: { count: 2000, recordsPerSecond: 200 }
      syncImmediately: false
    }
  ) {
    __typename
    ... on CreateSourceConnectionPayload {
      sourceConnection {
        ...SourceConnectionSummary
      }
      test {
        ...TestOutcome
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}
fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}`) as unknown as TypedDocumentString<CreateFakeShopMutation, CreateFakeShopMutationVariables>;
export const ListSourceConnectionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ListSourceConnections($first: Int, $after: String, $filter: SourceConnectionFilter, $orderBy: SourceConnectionOrder) {
  sourceConnections(
    first: $first
    after: $after
    filter: $filter
    orderBy: $orderBy
  ) {
    nodes {
      ...SourceConnectionSummary
      latestSyncJob {
        ...SyncJobSummary
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}`) as unknown as TypedDocumentString<ListSourceConnectionsQuery, ListSourceConnectionsQueryVariables>;
export const CreateSourceConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CreateSourceConnection($input: CreateSourceConnectionInput!) {
  createSourceConnection(input: $input) {
    __typename
    ... on CreateSourceConnectionPayload {
      sourceConnection {
        ...SourceConnectionSummary
      }
      syncJob {
        ...SyncJobSummary
      }
      test {
        ...TestOutcome
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on InvalidCredentialsError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on SourceUnavailableError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on ConnectionTestFailedError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}
fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}`) as unknown as TypedDocumentString<CreateSourceConnectionMutation, CreateSourceConnectionMutationVariables>;
export const TestSourceConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation TestSourceConnection($input: TestSourceConnectionInput!) {
  testSourceConnection(input: $input) {
    __typename
    ... on TestSourceConnectionPayload {
      sourceConnection {
        ...SourceConnectionSummary
      }
      test {
        ...TestOutcome
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}
fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}`) as unknown as TypedDocumentString<TestSourceConnectionMutation, TestSourceConnectionMutationVariables>;
export const UpdateSourceConnectionCredentialsDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UpdateSourceConnectionCredentials($input: UpdateSourceConnectionCredentialsInput!) {
  updateSourceConnectionCredentials(input: $input) {
    __typename
    ... on UpdateSourceConnectionCredentialsPayload {
      sourceConnection {
        ...SourceConnectionSummary
      }
      test {
        ...TestOutcome
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on InvalidCredentialsError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on SourceUnavailableError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on ConnectionTestFailedError {
      failedTest: test {
        ...TestOutcome
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment TestOutcome on ConnectionTest {
  id
  status
  message
  durationMs
  steps {
    title
    status
    message
    durationMs
  }
}
fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}`) as unknown as TypedDocumentString<UpdateSourceConnectionCredentialsMutation, UpdateSourceConnectionCredentialsMutationVariables>;
export const UpdateSourceConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation UpdateSourceConnection($input: UpdateSourceConnectionInput!) {
  updateSourceConnection(input: $input) {
    __typename
    ... on UpdateSourceConnectionPayload {
      sourceConnection {
        ...SourceConnectionSummary
        description
        metadata
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}`) as unknown as TypedDocumentString<UpdateSourceConnectionMutation, UpdateSourceConnectionMutationVariables>;
export const WatchSourceConnectionStatusDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription WatchSourceConnectionStatus($sourceConnectionIds: [ID!], $collectionId: ID) {
  sourceConnectionStatus(
    sourceConnectionIds: $sourceConnectionIds
    collectionId: $collectionId
  ) {
    ...SourceConnectionSummary
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}`) as unknown as TypedDocumentString<WatchSourceConnectionStatusSubscription, WatchSourceConnectionStatusSubscriptionVariables>;
export const RunSourceConnectionDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation RunSourceConnection($input: RunSourceConnectionInput!) {
  runSourceConnection(input: $input) {
    __typename
    ... on RunSourceConnectionPayload {
      syncJob {
        ...SyncJobSummary
        transitions {
          ...Transition
        }
      }
      sourceConnection {
        ...SourceConnectionSummary
      }
    }
    ... on SyncInProgressError {
      syncJob {
        ...SyncJobSummary
      }
    }
    ... on ValidationError {
      issues {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`) as unknown as TypedDocumentString<RunSourceConnectionMutation, RunSourceConnectionMutationVariables>;
export const CancelSyncJobDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation CancelSyncJob($input: CancelSyncJobInput!) {
  cancelSyncJob(input: $input) {
    __typename
    ... on CancelSyncJobPayload {
      syncJob {
        ...SyncJobSummary
      }
    }
    ... on InvalidTransitionError {
      from
      to
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}`) as unknown as TypedDocumentString<CancelSyncJobMutation, CancelSyncJobMutationVariables>;
export const SyncJobDocument = /*#__PURE__*/ new TypedDocumentString(`
    query SyncJob($id: ID!) {
  syncJob(id: $id) {
    ...SyncJobSummary
    sourceConnection {
      ...SourceConnectionSummary
    }
    streams {
      namespace
      name
      status
      recordsRead
    }
    transitions {
      ...Transition
    }
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`) as unknown as TypedDocumentString<SyncJobQuery, SyncJobQueryVariables>;
export const ListSyncJobsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ListSyncJobs($first: Int, $after: String, $filter: SyncJobFilter) {
  syncJobs(first: $first, after: $after, filter: $filter) {
    nodes {
      ...SyncJobSummary
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}`) as unknown as TypedDocumentString<ListSyncJobsQuery, ListSyncJobsQueryVariables>;
export const ListSyncJobTransitionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ListSyncJobTransitions($first: Int, $after: String, $last: Int, $before: String, $filter: SyncJobTransitionFilter) {
  syncJobTransitions(
    first: $first
    after: $after
    last: $last
    before: $before
    filter: $filter
  ) {
    nodes {
      ...Transition
      syncJob {
        ...SyncJobSummary
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`) as unknown as TypedDocumentString<ListSyncJobTransitionsQuery, ListSyncJobTransitionsQueryVariables>;
export const ListWatchedSyncJobsDocument = /*#__PURE__*/ new TypedDocumentString(`
    query ListWatchedSyncJobs($first: Int, $after: String, $last: Int, $filter: SyncJobTransitionFilter) {
  syncJobTransitions(first: $first, after: $after, last: $last, filter: $filter) {
    nodes {
      ...WatchedTransition
    }
    pageInfo {
      endCursor
      hasNextPage
    }
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}
fragment WatchedTransition on SyncJobTransition {
  ...Transition
  syncJob {
    ...SyncJobSummary
  }
  sourceConnection {
    id
    name
    status
    recordCount
    version
  }
}`) as unknown as TypedDocumentString<ListWatchedSyncJobsQuery, ListWatchedSyncJobsQueryVariables>;
export const WatchSyncJobsDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription WatchSyncJobs($after: String!, $filter: SyncJobTransitionFilter) {
  syncJobTransitions(after: $after, filter: $filter) {
    ...WatchedTransition
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}
fragment WatchedTransition on SyncJobTransition {
  ...Transition
  syncJob {
    ...SyncJobSummary
  }
  sourceConnection {
    id
    name
    status
    recordCount
    version
  }
}`) as unknown as TypedDocumentString<WatchSyncJobsSubscription, WatchSyncJobsSubscriptionVariables>;
export const WatchSyncJobTransitionsDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription WatchSyncJobTransitions($filter: SyncJobTransitionFilter, $after: String) {
  syncJobTransitions(filter: $filter, after: $after) {
    ...Transition
    syncJob {
      ...SyncJobSummary
    }
    sourceConnection {
      ...SourceConnectionSummary
    }
  }
}
    fragment SourceConnectionSummary on SourceConnection {
  id
  name
  status
  statusReason
  recordCount
  version
  source {
    shortName
    name
  }
  collection {
    id
    readableId
  }
}
fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`) as unknown as TypedDocumentString<WatchSyncJobTransitionsSubscription, WatchSyncJobTransitionsSubscriptionVariables>;
export const WatchSyncJobProgressDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription WatchSyncJobProgress($syncJobIds: [ID!]!) {
  syncJobProgress(syncJobIds: $syncJobIds) {
    ...SyncJobSummary
    streams {
      name
      status
      recordsRead
    }
    transitions {
      ...Transition
    }
  }
}
    fragment SyncJobSummary on SyncJob {
  id
  status
  mode
  trigger
  attempt
  version
  recordsRead
  recordsInserted
  recordsUpdated
  recordsDeleted
  recordsUnchanged
  recordsRejected
  createdAt
  startedAt
  completedAt
  durationMs
  failure {
    type
    origin
    message
    retryable
    stream
  }
}
fragment Transition on SyncJobTransition {
  id
  cursor
  sequence
  from
  to
  attempt
  reason
  occurredAt
}`) as unknown as TypedDocumentString<WatchSyncJobProgressSubscription, WatchSyncJobProgressSubscriptionVariables>;
export const WatchSyncJobLogsDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription WatchSyncJobLogs($syncJobId: ID!, $after: String) {
  syncJobLogs(syncJobId: $syncJobId, after: $after) {
    cursor
    sequence
    at
    level
    stream
    message
  }
}
    `) as unknown as TypedDocumentString<WatchSyncJobLogsSubscription, WatchSyncJobLogsSubscriptionVariables>;