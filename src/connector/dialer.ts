import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Dial, TcpTarget } from './dial.ts';
import { type EgressPolicy, isAddressAllowed } from './egress.ts';
import { SourceFailure } from './failures.ts';
import { hostPattern } from './host.ts';
import { networkFailure, reach } from './network-failure.ts';

const defaultTimeoutMs = 10_000;

/** All the addresses that the machine's name service knows for a name. @throws with the codes of `dns.lookup` */
export type LookUp = (host: string) => Promise<readonly { readonly address: string }[]>;

/** The addresses behind a host name, at least one and all of them allowed. @throws SourceFailure */
export type Resolve = (host: string) => Promise<readonly string[]>;

const systemLookUp: LookUp = (host) => lookup(host, { all: true });

/** Makes the one way to the network. Cheap; HTTP connections are kept alive for a few seconds for as long as it is referenced. */
export function createDial(policy: EgressPolicy, lookUp: LookUp = systemLookUp): Dial {
  const isPublic = policy === 'public';
  const resolve: Resolve = (host) => resolveChecked(host, policy, lookUp);
  let fetch: Promise<Dial['fetch']> | undefined;
  return {
    givesReasons: !isPublic,
    resolve: (host) => reach(host, isPublic, undefined, async () => void (await resolve(host))),
    connect: (target) => reach(placeOf(target), isPublic, target.signal, () => connectChecked(target, resolve)),
    startTls,
    async fetch(url, init) {
      // An HTTP client is a lot to load for a thread that may never need one.
      fetch ??= import('./pinned-fetch.ts').then(({ createFetch }) => createFetch(resolve, isPublic));
      return (await fetch)(url, init);
    },
  };
}

function placeOf({ host, port }: TcpTarget): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

async function resolveChecked(host: string, policy: EgressPolicy, lookUp: LookUp): Promise<readonly string[]> {
  if (!hostPattern.test(host)) throw new SourceFailure('CONFIG', 'What is given as the host is neither a name nor an IP address.');
  const addresses = isIP(host) ? [host] : await lookUpInTime(host, lookUp);
  if (addresses.length === 0) throw new SourceFailure('UNAVAILABLE', `${host} has no address.`);
  // All of them: with a name that has a good and a bad address, it is the resolver's mood which one is dialled.
  if (addresses.every((address) => isAddressAllowed(address, policy))) return addresses;
  throw new SourceFailure('CONFIG', `${host} leads to an address that may not be dialled from here.`);
}

async function lookUpInTime(host: string, lookUp: LookUp): Promise<string[]> {
  const tooSlow = AbortSignal.timeout(defaultTimeoutMs);
  const expired = new Promise<never>((_, reject) => {
    tooSlow.addEventListener('abort', () => reject(new SourceFailure('TIMEOUT', `The name ${host} was not resolved in time.`)));
  });
  try {
    const found = await Promise.race([lookUp(host), expired]);
    return found.map(({ address }) => address);
  } catch (error) {
    throw networkFailure(error, host);
  }
}

async function connectChecked(target: TcpTarget, resolve: Resolve): Promise<Socket> {
  const { host, port, signal, connectTimeoutMs = defaultTimeoutMs } = target;
  signal?.throwIfAborted();
  const addresses = await resolve(host);
  signal?.throwIfAborted();
  const socket = connectTcp({
    host,
    port,
    lookup: pinnedTo(addresses),
    autoSelectFamily: true,
    // One slow address leaves the others their share; Node's 250 ms gives up on distant hosts.
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(connectTimeoutMs / addresses.length)),
  });
  return settled(socket, 'connect', placeOf(target), connectTimeoutMs, signal);
}

/** A resolver that knows the checked addresses only, so that what was checked is what is connected to. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = found;
    if (options.all || !first) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

async function startTls(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  const place = options.servername || options.host || 'the server';
  try {
    return await settled(connectTls({ ...options, socket }), 'secureConnect', place, defaultTimeoutMs);
  } catch (error) {
    // tls.connect throws for options that make no sense, such as a CA that is no PEM.
    socket.destroy();
    throw error instanceof SourceFailure
      ? error
      : new SourceFailure('CONFIG', 'The TLS settings cannot be used; check the CA certificate.', { cause: error });
  }
}

/** Resolves at the event; destroys the socket at an error, at the timeout and when `signal` aborts before it. */
function settled<S extends Socket>(socket: S, event: string, place: string, timeoutMs: number, signal?: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off(event, onReady).off('close', onClose).off('error', onError);
      // An error while nobody listens must not end the process; who uses the socket sees it close.
      socket.on('error', () => {});
      if (error === undefined) return resolve(socket);
      socket.destroy();
      reject(error);
    };
    const onReady = () => finish();
    const onError = (error: Error) => finish(networkFailure(error, place));
    const onClose = () => finish(new SourceFailure('UNAVAILABLE', `${place} closed the connection.`));
    const onAbort = () => finish(signal?.reason);
    const timer = setTimeout(() => finish(new SourceFailure('TIMEOUT', `${place} did not answer within ${timeoutMs / 1000} seconds.`)), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    socket.once(event, onReady).once('close', onClose).once('error', onError);
  });
}
