import type { Socket } from 'node:net';
import type { CheckStep } from '../../connector/connector.ts';
import { listStreams } from './discover.ts';
import { logIn, openSocket, type Session, secure } from './session.ts';
import { type PostgresqlContext, tlsModeOf } from './settings.ts';

export async function check(context: PostgresqlContext, step: CheckStep): Promise<void> {
  const { host } = context.credentials;
  if (context.dial.givesReasons) await step('Resolve the host name', () => context.dial.resolve(host));
  let socket = await result<Socket>(step, 'Connect to the server', () => openSocket(context));
  try {
    if (tlsModeOf(context) !== 'disable') socket = await result(step, 'TLS', () => secure(context, socket));
    const session = await result<Session>(step, 'Authenticate', () => logIn(context, socket));
    await step('List what may be read', async () => {
      const streams = await listStreams(context, session);
      const count = `${streams.length} ${streams.length === 1 ? 'table or view' : 'tables and views'}`;
      if (streams.length > 0) return { message: `${count} may be read.`, details: { streams: streams.length } };
      return { message: 'The user may read nothing in these schemas.', warning: true, details: { streams: 0 } };
    });
  } finally {
    socket.destroy();
  }
}

/** A step passes on what it tells people; what it made comes back this way. */
async function result<T>(step: CheckStep, title: string, run: () => Promise<T>): Promise<T> {
  const made: T[] = [];
  await step(title, async () => void made.push(await run()));
  return made[0] as T;
}
