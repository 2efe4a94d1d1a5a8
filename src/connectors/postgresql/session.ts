import { once } from 'node:events';
import { isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { Client } from 'pg';
import { SourceFailure } from '../../connector/failures.ts';
import { failureOf } from './failures.ts';
import { guarded } from './guarded.ts';
import { type PostgresqlContext, tlsModeOf } from './settings.ts';

const catalogTimeoutMs = 60_000;
const loginTimeoutMs = 10_000;
const keepAliveMs = 30_000;
const goodbyeTimeoutMs = 1_000;

/** "Do you speak TLS?" @see the SSLRequest message of the PostgreSQL protocol */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Everything runs inside read-only transactions with local settings, which works through a pooler too and leaves nothing behind. */
export interface Session {
  readonly client: Client;
  readonly socket: Socket;
  /** Ends the connection when nothing is asked of the server any more. */
  close(): Promise<void>;
  /** Ends the connection in the middle of an answer, and tells the server to stop working on it. Happens by itself on abort. */
  abandon(): void;
}

export async function openSession(context: PostgresqlContext): Promise<Session> {
  const socket = await openSocket(context);
  return logIn(context, tlsModeOf(context) === 'disable' ? socket : await secure(context, socket));
}

export async function openSocket({ credentials: { host, port }, dial, signal }: PostgresqlContext): Promise<Socket> {
  const socket = await dial.connect({ host, port, signal });
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}

/** Turns the connection into an encrypted one before the first word about who we are. */
export async function secure(context: PostgresqlContext, socket: Socket): Promise<Socket> {
  const { host } = context.credentials;
  try {
    const tooSlow = AbortSignal.timeout(loginTimeoutMs);
    socket.write(sslRequest);
    const [answer] = (await Promise.race([
      once(socket, 'data', { signal: AbortSignal.any([context.signal, tooSlow]) }),
      once(socket, 'close').then(() => []),
    ])) as Buffer[];
    // Anything after the one letter came unencrypted and may be from somebody else.
    if (answer?.toString('latin1') !== 'S') throw new SourceFailure('CONFIG', 'The server does not offer TLS.');
    return await context.dial.startTls(socket, tlsOptions(context, host));
  } catch (error) {
    socket.destroy();
    context.signal.throwIfAborted();
    if (error instanceof SourceFailure) throw error;
    throw new SourceFailure('TIMEOUT', 'The server did not answer in time whether it speaks TLS.', { cause: error });
  }
}

function tlsOptions(context: PostgresqlContext, host: string): ConnectionOptions {
  const { caCertificate } = context.config;
  const verifiesHost = tlsModeOf(context) === 'verify-full';
  return {
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(caCertificate ? { ca: caCertificate } : {}),
    rejectUnauthorized: verifiesHost || caCertificate !== undefined,
    ...(verifiesHost ? {} : { checkServerIdentity: () => undefined }),
  };
}

export async function logIn(context: PostgresqlContext, socket: Socket): Promise<Session> {
  const { host, port, database, username, password } = context.credentials;
  context.signal.throwIfAborted();
  if (socket.destroyed) throw new SourceFailure('UNAVAILABLE', 'The server closed the connection.');
  // The driver asks its stream to connect; this one is connected already, to an address that was checked.
  const connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  const connected = Object.assign(guarded(socket), { connect });
  const client = new Client({
    host,
    port,
    database,
    user: username,
    // As a function: an empty password would make the driver look into the environment and ~/.pgpass.
    password: () => password,
    ssl: false,
    stream: () => connected,
    application_name: 'headgate',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: loginTimeoutMs,
  });
  // Losing the connection rejects what is being waited for; an idle client has nobody to tell.
  client.on('error', () => {});
  const abandon = () => {
    context.signal.removeEventListener('abort', abandon);
    socket.destroy();
    void cancelStatement(context, client);
  };
  const close = async () => {
    context.signal.removeEventListener('abort', abandon);
    await Promise.race([client.end(), sleep(goodbyeTimeoutMs, undefined, { ref: false })]).catch(() => {});
    socket.destroy();
  };
  context.signal.addEventListener('abort', abandon);
  try {
    await client.connect();
  } catch (error) {
    context.signal.removeEventListener('abort', abandon);
    socket.destroy();
    context.signal.throwIfAborted();
    throw loginFailure(error);
  }
  return { client, socket, close, abandon };
}

/**
 * A server notices a lost connection only when it next writes to it; till then a statement would go on and hold its locks.
 * @see the CancelRequest message of the PostgreSQL protocol: it goes over a connection of its own
 */
async function cancelStatement({ credentials: { host, port }, dial }: PostgresqlContext, client: Client): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  // Nothing to be done when it fails, and nobody to be told: the read has ended.
  await dial.connect({ host, port }).then(
    (socket) => socket.resume().end(request),
    () => {},
  );
}

function loginFailure(error: unknown): SourceFailure {
  if (error instanceof Error && error.message === 'timeout expired') {
    return new SourceFailure('TIMEOUT', `The server did not answer the login within ${loginTimeoutMs / 1000} seconds.`, { cause: error });
  }
  // The driver gives up by itself: an empty password, or a server that cannot prove it knows the password.
  if (error instanceof Error && error.message.startsWith('SASL'))
    return new SourceFailure('AUTH', 'The password does not pass the server’s check (SCRAM).', { cause: error });
  const failure = failureOf(error);
  return failure.type === 'TRANSIENT'
    ? new SourceFailure('UNAVAILABLE', 'The server closed the connection during the login.', { cause: error })
    : failure;
}

/** @param statementTimeoutMs 0 = none. @default 60000 */
export async function begin({ client }: Session, statementTimeoutMs: number = catalogTimeoutMs): Promise<void> {
  await client.query(`
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL statement_timeout = ${statementTimeoutMs};
    SET LOCAL lock_timeout = ${catalogTimeoutMs};
    SET LOCAL TimeZone = 'UTC';
    SET LOCAL DateStyle = 'ISO, YMD';
    SET LOCAL IntervalStyle = 'iso_8601';
    SET LOCAL extra_float_digits = 3;
    SET LOCAL bytea_output = 'hex'`);
}

/** Runs catalog queries in a transaction of their own and closes the session. */
export async function withSession<T>(context: PostgresqlContext, session: Session, run: (client: Client) => Promise<T>): Promise<T> {
  try {
    await begin(session);
    const result = await run(session.client);
    await session.client.query('COMMIT');
    return result;
  } catch (error) {
    context.signal.throwIfAborted();
    throw failureOf(error);
  } finally {
    await session.close();
  }
}
