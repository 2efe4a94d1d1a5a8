import { type DiscoveredStream, syncModes } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import { listRelations, missingSchemas, type Relation } from './catalog.ts';
import { openSession, type Session, withSession } from './session.ts';
import type { PostgresqlContext } from './settings.ts';
import { isCursor, isTimestamp, schemaOf } from './types.ts';

export async function discover(context: PostgresqlContext): Promise<DiscoveredStream[]> {
  return (await listStreams(context, await openSession(context))).map(describe);
}

export function listStreams(context: PostgresqlContext, session: Session): Promise<Relation[]> {
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
