import type { IncomingMessage } from 'node:http';
import type { SocketPlace } from './socket-counts.ts';

/** What is known about a socket besides what it says itself. */
export interface SocketOrigin {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly address: string;
  /** Among the sockets that are counted. */
  readonly place: SocketPlace;
  readonly close: (code: number, reason: string) => void;
  /** Has something done once the socket is closed; at once when it is already. */
  readonly closed: (then: () => void) => void;
  /** Operations that nobody has an answer to yet, by the id that the client gave them. */
  readonly pending: Map<string, AbortController>;
}

export function createOrigin(known: Omit<SocketOrigin, 'pending'>): SocketOrigin {
  return { ...known, pending: new Map() };
}

const longestGoodbye = 1_024;

/** Aborts the operation that the client says goodbye to: the protocol tells us of it only once the operation has been answered. */
export function abortCompleted({ pending }: SocketOrigin, text: string): void {
  if (pending.size === 0 || text.length > longestGoodbye || !text.includes('complete')) return;
  try {
    const { type, id } = JSON.parse(text) as { type?: unknown; id?: unknown };
    if (type === 'complete') pending.get(String(id))?.abort();
  } catch {
    // Not JSON: the protocol closes the socket for it.
  }
}

export function abortAll({ pending }: SocketOrigin): void {
  for (const operation of pending.values()) operation.abort();
}
