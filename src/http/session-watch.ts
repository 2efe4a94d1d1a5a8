import { setImmediate } from 'node:timers/promises';
import { ForbiddenError, UnauthorizedError } from '../errors.ts';
import type { HttpOptions, OperationRequest, Session } from './options.ts';

/** Five seconds are promised. */
const defaultSessionCheckMs = 1_000;

/** A connection that stays open: a socket, or an event stream. */
export interface OpenConnection {
  readonly request: OperationRequest;
  /** Looked up when it is not known. */
  session?: Session;
  /** Told that whoever opened it may not be here any more. */
  readonly end: (error: UnauthorizedError | ForbiddenError) => void;
}

export interface SessionWatch {
  /** The function returned takes it out again. */
  readonly add: (connection: OpenConnection) => () => void;
  readonly stop: () => void;
}

export function isRefusal(error: unknown): error is UnauthorizedError | ForbiddenError {
  return error instanceof UnauthorizedError || error instanceof ForbiddenError;
}

/**
 * Ends connections when their key or token has expired or was revoked. It looks once a second, and once for all that came with the same key.
 * When it cannot find out, because the database does not answer, everybody stays.
 */
export function createSessionWatch({ authenticate, log, sessionCheckMs = defaultSessionCheckMs }: HttpOptions): SessionWatch {
  const open = new Set<OpenConnection>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  /** @returns why it has to end. @throws when that cannot be found out */
  async function lookAgain(connection: OpenConnection): Promise<UnauthorizedError | ForbiddenError | undefined> {
    try {
      connection.session = await authenticate(connection.request);
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
    const { expiresAt } = connection.session;
    // To the second, whatever tolerance a new request has.
    return expiresAt && expiresAt.getTime() <= Date.now() ? new UnauthorizedError('The key or token has expired.') : undefined;
  }

  async function sweep(): Promise<void> {
    const failures: unknown[] = [];
    for (const [first, ...others] of Map.groupBy(open, credentialOf).values()) {
      if (!first) continue;
      const error = await lookAgain(first).catch((failure: unknown) => void failures.push(failure));
      for (const connection of [first, ...others]) if (error && open.has(connection)) connection.end(error);
      // However many keys there are, requests are answered in between.
      await setImmediate();
    }
    const [failure] = failures;
    if (failure) log.warn({ error: failure instanceof Error ? failure.name : 'unknown' }, 'Who may stay connected could not be found out');
  }

  function schedule(): void {
    if (timer || stopped || open.size === 0) return;
    timer = setTimeout(async () => {
      await sweep();
      timer = undefined;
      schedule();
    }, sessionCheckMs);
  }

  return {
    add(connection) {
      open.add(connection);
      schedule();
      return () => void open.delete(connection);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The same for all that share a key and an organization. */
function credentialOf(connection: OpenConnection): unknown {
  const { session } = connection;
  return session ? JSON.stringify([session.credential, session.caller.organizationId]) : connection;
}
