import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
  readonly signal?: AbortSignal;
  /** @default 10000 */
  readonly connectTimeoutMs?: number;
}

/**
 * The one way from a connector to the network. Resolves a name once, checks every address against the egress policy,
 * and connects to the address that was checked. All failures are `SourceFailure` (UNAVAILABLE, TIMEOUT, or CONFIG when the policy forbids it);
 * where `givesReasons` is false, a name that does not exist, a forbidden address and a closed port are one and the same UNAVAILABLE.
 */
export interface Dial {
  /** Whether a test may show why a place was not reached. Not to outsiders: they would map the network. */
  readonly givesReasons: boolean;
  /** Whether a host name leads to addresses, all of them allowed: a step of a test, where reasons are given. Whoever connects has no need of it. */
  resolve(host: string): Promise<void>;
  connect(target: TcpTarget): Promise<Socket>;
  /** Starts TLS on a connected socket. @throws SourceFailure CONFIG when the certificate does not verify */
  startTls(socket: Socket, options: ConnectionOptions): Promise<TLSSocket>;
  /**
   * Like the global `fetch`, http and https only; each redirect is checked like the first address, credentials are not sent to another origin,
   * and nothing goes from https to http; `redirect: 'manual'` gives the redirect itself. No proxy of the environment is used.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
}
