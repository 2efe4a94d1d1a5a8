import { defineConnector, syncModes } from '../connector/connector.ts';
import { configSchema, credentialsSchema } from './postgresql/settings.ts';

/** The driver is loaded by whoever dials: the gateway shows the catalog without it. */
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
  check: async (...args) => (await import('./postgresql/check.ts')).check(...args),
  discover: async (context) => (await import('./postgresql/discover.ts')).discover(context),
  async *read(...args) {
    yield* (await import('./postgresql/read.ts')).readStreams(...args);
  },
});
