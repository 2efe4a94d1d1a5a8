import { createBackoff, sleep } from './backoff.ts';
import {
  ListWatchedSyncJobsDocument,
  type SyncJobTransitionFilter,
  type WatchedTransitionFragment,
  WatchSyncJobsDocument,
} from './generated/graphql.ts';
import { HeadgateError } from './headgate-error.ts';
import { type RequestOptions, request } from './request.ts';
import { createSeen } from './seen.ts';
import { type SocketOptions, subscribe } from './subscribe.ts';

export interface WatchSyncJobsOptions extends RequestOptions, Partial<Pick<SocketOptions, 'connectionParams' | 'webSocketImpl' | 'keepAliveMs'>> {
  /** Which transitions; those of every job that you may see when left out. */
  readonly filter?: SyncJobTransitionFilter | undefined;
  /** Goes on behind this cursor, that of the last transition that was dealt with, and lists nothing. */
  readonly after?: string | undefined;
  /** How many transitions of the past come first, 0 to 100, or all of them. @default 100 */
  readonly history?: number | 'all' | undefined;
  /** Ends the watch, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Where the WebSocket is, when it is not at `url` with the scheme ws or wss. */
  readonly webSocketUrl?: string | URL | undefined;
  /** The longest wait between two tries, in milliseconds. @default 30000 */
  readonly maxRetryDelayMs?: number | undefined;
  /** Called before each wait for the next try, for example to show that one is offline. */
  readonly onRetry?: ((error: HeadgateError, delayMs: number) => void) | undefined;
}

export type WatchedSyncJobs =
  /** One step of one job. `transition.syncJob` is the job as it was when this was read. */
  | { readonly kind: 'transition'; readonly transition: WatchedTransitionFragment }
  /** The log does not reach the cursor any more. Forget what you have: the list comes again, and the watch goes on behind it. */
  | { readonly kind: 'reset' };

/**
 * The transitions of sync jobs, in order, each once: first those of the past, then each as it happens, through restarts of the gateway and
 * broken networks, for as long as the reader reads. It begins with the first `next()`. Leaving the loop closes the socket.
 *
 * What may pass is tried again without end, with growing waits. Items that nobody reads pile up in memory.
 * @throws HeadgateError when the gateway refuses what was asked for, and trying again would not help
 */
export function watchSyncJobs(options: WatchSyncJobsOptions): AsyncIterableIterator<WatchedSyncJobs, undefined> {
  const left = new AbortController();
  const items = watch(options, options.signal ? AbortSignal.any([left.signal, options.signal]) : left.signal);
  return {
    next: () => items.next(),
    // A generator takes a `return()` only when its pending `next()` is settled, that is, at the next transition.
    return: async () => {
      left.abort();
      await items.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* watch(options: WatchSyncJobsOptions, signal: AbortSignal): AsyncGenerator<WatchedSyncJobs, undefined, undefined> {
  const { filter, history = 100, onRetry, keepAliveMs = 12_000 } = options;
  const socket = { ...options, url: String(options.webSocketUrl ?? socketUrl(options.url)), keepAliveMs };
  const backoff = createBackoff(options.maxRetryDelayMs ?? 30_000);
  const seen = createSeen();
  let cursor = options.after;
  /** How far the list was read. */
  let listed: string | undefined;

  while (!signal.aborted) {
    try {
      backoff.begin();
      if (cursor === undefined) {
        // To the end: a subscription that starts on an earlier page may be behind what was pruned.
        for (;;) {
          const { nodes, pageInfo } = await list(options, history, listed, signal);
          for (const transition of nodes) {
            if (seen.add(transition.id)) yield { kind: 'transition', transition };
            if (signal.aborted) return;
          }
          listed = pageInfo.endCursor;
          if (!pageInfo.hasNextPage) break;
        }
        cursor = listed;
      }
      for await (const { syncJobTransitions: transition } of subscribe(socket, WatchSyncJobsDocument, { after: cursor, filter }, signal)) {
        backoff.succeed();
        cursor = transition.cursor;
        if (seen.add(transition.id)) yield { kind: 'transition', transition };
      }
      if (!signal.aborted) throw new HeadgateError('The gateway ended the subscription.', { retryable: true });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HeadgateError)) throw error;
      const expired = error.code === 'CURSOR_EXPIRED';
      if (!expired && !error.retryable) throw error;
      if (expired) {
        cursor = undefined;
        listed = undefined;
        seen.clear();
        yield { kind: 'reset' };
      }
      const delayMs = backoff.nextDelayMs();
      onRetry?.(error, delayMs);
      await sleep(delayMs, signal);
    }
  }
}

async function list(options: WatchSyncJobsOptions, history: number | 'all', after: string | undefined, signal: AbortSignal) {
  const page = history === 'all' ? { first: 100, after } : { last: history };
  const { syncJobTransitions } = await request(options, ListWatchedSyncJobsDocument, { ...page, filter: options.filter }, signal);
  const { nodes, pageInfo } = syncJobTransitions;
  // Also an empty list ends somewhere: where the log ends.
  if (pageInfo.endCursor == null) throw new HeadgateError('The gateway did not say where its list ends.', { retryable: false });
  return { nodes, pageInfo: { endCursor: pageInfo.endCursor, hasNextPage: pageInfo.hasNextPage } };
}

function socketUrl(url: string | URL): URL {
  // A page may say just `/graphql`.
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  const result = new URL(url, location?.href);
  result.protocol = result.protocol.replace('http', 'ws');
  return result;
}
