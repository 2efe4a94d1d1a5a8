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
 * and connects to the address that was checked. All failures are `SourceFailure` (UNAVAILABLE, TIMEOUT, or CONFIG when the policy forbids it).
 */
export interface Dial {
  /** The addresses behind a host name, all of them allowed. */
  resolve(host: string): Promise<readonly string[]>;
  connect(target: TcpTarget): Promise<Socket>;
  /** Starts TLS on a connected socket. @throws SourceFailure CONFIG when the certificate does not verify */
  startTls(socket: Socket, options: ConnectionOptions): Promise<TLSSocket>;
  /** Like the global `fetch`, http and https only; each redirect is checked like the first address, and credentials are not sent to another origin. */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
}
