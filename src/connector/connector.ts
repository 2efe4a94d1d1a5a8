import type { z } from 'zod';
import type { Dial } from './dial.ts';
import type { LogLevel, Message } from './messages.ts';

export const authMethods = ['NONE', 'CREDENTIALS', 'API_KEY', 'OAUTH2'] as const;
export type AuthMethod = (typeof authMethods)[number];

export const syncModes = ['FULL_REFRESH_OVERWRITE', 'FULL_REFRESH_APPEND', 'INCREMENTAL_APPEND', 'INCREMENTAL_DEDUPED'] as const;
export type SyncMode = (typeof syncModes)[number];

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A path into a record: `['meta', 'updated_at']`. */
export type FieldPath = readonly string[];

export interface StreamRef {
  readonly name: string;
  readonly namespace: string | null;
}

export function isSameStream(a: StreamRef, b: StreamRef): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

/** What `discover` finds. @see AirbyteStream in the Airbyte protocol. */
export interface DiscoveredStream extends StreamRef {
  /** JSON Schema 2020-12 of one record, `type: 'object'`. */
  readonly jsonSchema: JsonObject;
  readonly supportedSyncModes: readonly SyncMode[];
  /** `null` when the source cannot tell which field orders its records. */
  readonly defaultCursorField: FieldPath | null;
  /** The source keeps its own order (a modification time, a log position): incremental reading needs no cursor field. @default false */
  readonly sourceDefinedCursor?: boolean;
  /** `[]` when the source knows no primary key. */
  readonly sourceDefinedPrimaryKey: readonly FieldPath[];
  /** `null` when only counting would tell. */
  readonly estimatedRecordCount: number | null;
}

/** One stream as the source connection wants it read. @see ConfiguredAirbyteStream in the Airbyte protocol. */
export interface StreamToRead extends StreamRef {
  readonly syncMode: SyncMode;
  readonly cursorField: FieldPath | null;
  /** `[]` when the stream has none; every record then counts as new. */
  readonly primaryKey: readonly FieldPath[];
  /** `null` reads every field. */
  readonly selectedFields: readonly string[] | null;
  /** The last STATE that was committed for this stream, `null` to begin at the beginning. Opaque to everybody but the connector. */
  readonly state: JsonObject | null;
}

/** What every verb of a connector gets. `Config` and `Credentials` have passed the connector's own zod schemas. */
export interface ConnectorContext<Config, Credentials> {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly authMethod: AuthMethod;
  /** The only way to the network. */
  readonly dial: Dial;
  /** The only folder that local files may be read from, absolute and real; `null` when none may be. */
  readonly filesRoot: string | null;
  /** Folders and files of the gateway itself, which are never read, even when they lie inside the root. */
  readonly ownPaths: readonly string[];
  /** Aborted on cancel, shutdown and loss of the lease: stop within 10 s, by throwing or returning. */
  readonly signal: AbortSignal;
  /** A line for the log of the sync job. Secrets are redacted on the way. */
  log(level: LogLevel, message: string): void;
}

export interface CheckDetails {
  readonly message?: string;
  /** A warning passes the test and is shown. */
  readonly warning?: boolean;
  readonly details?: JsonObject;
}

/**
 * Runs one step of a test and records its title, outcome and duration.
 * Throwing a `SourceFailure` fails the step, anything else marks it ERRORED; both end the test, so the error is passed on.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a step that has nothing to say returns nothing
export type CheckStep = <T extends CheckDetails | undefined | void>(title: string, run: () => Promise<T>) => Promise<T>;

export interface ConnectorDefinition<ConfigSchema extends z.ZodObject, CredentialSchemas extends Partial<Record<AuthMethod, z.ZodObject>>> {
  /** Never changes: stored with every source connection. */
  readonly shortName: string;
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly documentationUrl?: string;
  readonly iconUrl?: string;
  /** The fields of `config`. Use `.meta({ title, description })` on each; `field.ts` has the helpers for secrets, targets and long text. */
  readonly configSchema: ConfigSchema;
  /** The fields of `credentials` for each auth method, in the order they are offered; the first is the default. `NONE` has an empty object. */
  readonly credentialSchemas: CredentialSchemas;
  readonly supportedSyncModes: readonly SyncMode[];
  /** An incremental read that finds nothing new costs next to nothing, so that it may come all the time. @default false */
  readonly supportsContinuous?: boolean;
  /** Minutes between two scheduled runs, at least. @default 1 */
  readonly minIntervalMinutes?: number;

  /** Tells whether the source answers and lets us in, as steps that a person understands. */
  check(context: ConnectorContext<z.output<ConfigSchema>, CredentialsOf<CredentialSchemas>>, step: CheckStep): Promise<void>;
  /** Lists the streams, in a stable order. @throws SourceFailure */
  discover(context: ConnectorContext<z.output<ConfigSchema>, CredentialsOf<CredentialSchemas>>): Promise<DiscoveredStream[]>;
  /**
   * Reads the streams. After a STATE of a stream, reading may stop and go on from it later; the union of the records equals a full read
   * (records may come twice). A stream is done when its STREAM_STATUS COMPLETE is yielded, or when the generator returns.
   * @throws SourceFailure for the job as a whole; yield STREAM_STATUS INCOMPLETE when only one stream failed.
   */
  read(context: ConnectorContext<z.output<ConfigSchema>, CredentialsOf<CredentialSchemas>>, streams: readonly StreamToRead[]): AsyncIterable<Message>;
}

type CredentialsOf<Schemas> = {
  [Method in keyof Schemas]-?: NonNullable<Schemas[Method]> extends z.ZodType ? z.output<NonNullable<Schemas[Method]>> : never;
}[keyof Schemas];

/** A connector with its own types forgotten: what the catalog holds. */
// biome-ignore lint/suspicious/noExplicitAny: the schemas check the values at the border, the catalog cannot name forty pairs of types
export type Connector = ConnectorDefinition<any, Partial<Record<AuthMethod, z.ZodObject>>>;

/** A context whose values have been checked, but whose types nobody here can know. */
export type AnyConnectorContext = ConnectorContext<JsonObject, JsonObject>;

/** Infers the types of config and credentials from their schemas. A connector is one call of this in one file, plus one line in the catalog. */
export function defineConnector<const ConfigSchema extends z.ZodObject, const CredentialSchemas extends Partial<Record<AuthMethod, z.ZodObject>>>(
  definition: ConnectorDefinition<ConfigSchema, CredentialSchemas>,
): Connector {
  return definition as unknown as Connector;
}
