import { createClient } from 'graphql-ws';
import { describe } from 'vitest';
import WebSocket from 'ws';
import { driveMainJob } from './main-job.ts';

describe('the client of graphql-ws', () => {
  driveMainJob(
    ({ url }) => {
      const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
      // Everything goes over the one socket, which carries queries and mutations too.
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
