import { z } from 'zod';
import { type CheckStep, type DiscoveredStream, defineConnector, syncModes } from '../connector/connector.ts';
import { listRelations, type Relation } from './sqlite/catalog.ts';
import { failureOf } from './sqlite/failures.ts';
import { configSchema, openDatabase, type SqliteContext, whenUnlocked } from './sqlite/open.ts';
import { readStreams } from './sqlite/read.ts';
import { defaultCursorOf, schemaOf } from './sqlite/types.ts';

export const sqlite = defineConnector({
  shortName: 'sqlite',
  name: 'SQLite',
  description: 'Tables and views of a SQLite database file, in full or by a cursor column.',
  labels: ['database', 'files'],
  documentationUrl: 'https://www.sqlite.org/docs.html',
  configSchema,
  credentialSchemas: { NONE: z.object({}) },
  supportedSyncModes: syncModes,
  supportsContinuous: true,
  check,
  discover: async (context) => (await listStreams(context)).map(describe),
  read: readStreams,
});

async function check(context: SqliteContext, step: CheckStep): Promise<void> {
  await step('Open the file', async () => void (await openDatabase(context)).close());
  await step('List the tables', async () => {
    const { length } = await listStreams(context);
    const details = { streams: length };
    if (length === 0) return { message: 'The database has no tables and no views.', warning: true, details };
    return { message: `${length} ${length === 1 ? 'table or view' : 'tables and views'} can be read.`, details };
  });
}

async function listStreams(context: SqliteContext): Promise<Relation[]> {
  const database = await openDatabase(context);
  try {
    return await whenUnlocked(context.signal, () =>
      listRelations(database, (name, error) => context.log('WARN', `${name} cannot be read and is left out. ${failureOf(error).message}`)),
    );
  } finally {
    database.close();
  }
}

function describe({ name, columns, primaryKey, estimatedRecordCount }: Relation): DiscoveredStream {
  const cursor = defaultCursorOf(columns);
  return {
    namespace: null,
    name,
    jsonSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: Object.fromEntries(columns.map((column) => [column.name, schemaOf(column)])),
      required: columns.map((column) => column.name),
    },
    supportedSyncModes: syncModes,
    defaultCursorField: cursor === null ? null : [cursor],
    sourceDefinedPrimaryKey: primaryKey.map((column) => [column]),
    estimatedRecordCount,
  };
}
