import { ClientError, GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import { describe } from 'vitest';
import WebSocket from 'ws';
import { driveMainJob } from './main-job.ts';

describe('graphql-request, which has no subscriptions and leaves them to graphql-ws', () => {
  driveMainJob(
    ({ url }) => {
      const client = new GraphQLClient(`${url}/graphql`);
      const socket = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
      const request = (document: string, variables: Record<string, unknown> = {}) => client.request(document, variables);
      return {
        query: request,
        mutate: request,
        async *subscribe(query, variables) {
          for await (const { data } of socket.iterate({ query, variables })) yield data;
        },
        close: () => socket.dispose(),
      };
    },
    (error) => (error instanceof ClientError ? error.response.errors?.[0]?.extensions?.['code'] : error),
  );
});
