import type { Socket } from 'node:net';
import { type CheckStep, type DiscoveredStream, defineConnector, syncModes } from '../connector/connector.ts';
import { SourceFailure } from '../connector/failures.ts';
import { listRelations, missingSchemas, type Relation } from './postgresql/catalog.ts';
import { readStreams } from './postgresql/read.ts';
import { logIn, openSession, openSocket, type Session, secure, withSession } from './postgresql/session.ts';
import { configSchema, credentialsSchema, type PostgresqlContext, tlsModeOf } from './postgresql/settings.ts';
import { isCursor, isTimestamp, schemaOf } from './postgresql/types.ts';

export const postgresql = defineConnector({
  shortName: 'postgresql',
  name: 'PostgreSQL',
  description: 'Tables and views of a PostgreSQL database, in full or by a cursor column.',
  labels: ['database'],
  documentationUrl: 'https://www.postgresql.org/docs/',
  configSchema,
  credentialSchemas: { CREDENTIALS: credentialsSchema },
  supportedSyncModes: syncModes,
  supportsContinuous: true,
  check,
  discover,
  read: readStreams,
});

async function check(context: PostgresqlContext, step: CheckStep): Promise<void> {
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

async function discover(context: PostgresqlContext): Promise<DiscoveredStream[]> {
  return (await listStreams(context, await openSession(context))).map(describe);
}

function listStreams(context: PostgresqlContext, session: Session): Promise<Relation[]> {
  const { schemas } = context.config;
  return withSession(context, session, async (client) => {
    const missing = await missingSchemas(client, schemas);
    if (missing.length > 0) throw new SourceFailure('CONFIG', `There is no schema ${missing.join(', ')} in the database.`);
    return listRelations(client, schemas);
  });
}

/** Names that say the column is set at each change. An ascending primary key is no cursor: it misses every update. */
const changeColumns = ['updated_at', 'modified_at', 'last_modified'];

function describe({ namespace, name, columns, primaryKey, estimatedRecordCount }: Relation): DiscoveredStream {
  const cursor = changeColumns.flatMap(
    (change) => columns.find((column) => column.name === change && column.notNull && isTimestamp(column)) ?? [],
  )[0];
  return {
    namespace,
    name,
    jsonSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: Object.fromEntries(columns.map((column) => [column.name, schemaOf(column)])),
      required: columns.map((column) => column.name),
    },
    supportedSyncModes: columns.some(isCursor) ? syncModes : syncModes.filter((mode) => mode.startsWith('FULL_REFRESH')),
    defaultCursorField: cursor ? [cursor.name] : null,
    sourceDefinedPrimaryKey: primaryKey.map((column) => [column]),
    estimatedRecordCount,
  };
}
