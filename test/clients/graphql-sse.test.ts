import { createClient } from 'graphql-sse';
import { describe } from 'vitest';
import { driveMainJob } from './main-job.ts';

describe('graphql-sse, a connection for each operation', () => {
  driveMainJob(
    ({ url }) => {
      const client = createClient({ url: `${url}/graphql` });
      const results = async function* (query: string, variables: Record<string, unknown> = {}) {
        for await (const { data, errors } of client.iterate({ query, variables })) {
          if (errors) throw errors;
          yield data;
        }
      };
      const once = async (query: string, variables?: Record<string, unknown>) => (await results(query, variables).next()).value;
      return { query: once, mutate: once, subscribe: results, close: () => client.dispose() };
    },
    (errors) => (errors as readonly { extensions?: Record<string, unknown> }[])[0]?.extensions?.['code'],
  );
});
