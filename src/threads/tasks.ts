import type { CheckOutcome } from '../connector/check.ts';
import type { AuthMethod, DiscoveredStream, JsonObject } from '../connector/connector.ts';
import type { FailureType } from '../connector/failures.ts';

/** As in the record store, which the pool does not know. */
interface CollectionKey {
  readonly id: string;
  readonly number: number;
}

/** What a connector needs to be called with; travels to a thread by message, never further. */
export interface Target {
  readonly sourceShortName: string;
  readonly config: JsonObject;
  readonly authMethod: AuthMethod;
  readonly credentials: JsonObject;
}

/** What discovery found, or what the source is to blame for. */
export type DiscoverOutcome =
  | { readonly ok: true; readonly streams: readonly DiscoveredStream[] }
  | { readonly ok: false; readonly failureType: FailureType; readonly message: string };

/** The tasks that threads know, with what they take and give. */
export interface Tasks {
  check: { input: Target; output: CheckOutcome };
  discover: { input: Target; output: DiscoverOutcome };
  /** Runs a sync job to its end, or until it is told to stop. */
  sync: { input: { syncJobId: string }; output: undefined };
  /** Removes the records of deleted collections, where there are any. */
  discardRecords: { input: { collections: readonly CollectionKey[] }; output: undefined };
  /** Delivers the events that webhooks are owed until none is due or waits, or until it is told to stop. */
  deliverWebhooks: { input: undefined; output: undefined };
  /** Moves what the write-ahead log of the control database has gathered into its file. */
  checkpointWal: { input: undefined; output: undefined };
  /** Deletes what is older than it is kept; `more`: its time was up before it was through. */
  prune: { input: undefined; output: { readonly rows: Record<string, number>; readonly more: boolean } };
}
export type TaskName = keyof Tasks;

/** Why a task is told to stop. */
export type StopReason = 'cancelled' | 'shutdown' | 'paused' | 'timeout' | 'lost';
