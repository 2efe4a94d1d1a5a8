import { createClient as createSocket } from 'graphql-ws';
import { type Client, CombinedError, createClient, fetchExchange, subscriptionExchange } from 'urql';
import { describe } from 'vitest';
import WebSocket from 'ws';
import { asIterable } from './as-iterable.ts';
import { driveMainJob, type ForeignClient } from './main-job.ts';

const codeOf = (error: unknown) => (error instanceof CombinedError ? error.graphQLErrors[0]?.extensions['code'] : error);

function drive(client: Client, close: () => unknown): ForeignClient {
  return {
    async query(document, variables = {}) {
      const { data, error } = await client.query(document, variables, { requestPolicy: 'network-only' }).toPromise();
      if (error) throw error;
      return data;
    },
    async mutate(document, variables) {
      const { data, error } = await client.mutation(document, variables).toPromise();
      if (error) throw error;
      return data;
    },
    subscribe: (document, variables) =>
      asIterable((next, fail) => {
        const { unsubscribe } = client.subscription(document, variables).subscribe(({ data, error }) => (error ? fail(error) : next(data)));
        return unsubscribe;
      }),
    close,
  };
}

describe('urql over HTTP and graphql-ws', () => {
  driveMainJob(({ url }) => {
    const socket = createSocket({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const subscriptions = subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: ({ next, error, complete }) => ({
          unsubscribe: socket.subscribe(
            { query, ...(variables ? { variables } : {}) },
            { next: (result) => next({ data: result.data ?? null, ...(result.errors ? { errors: [...result.errors] } : {}) }), error, complete },
          ),
        }),
      }),
    });
    const client = createClient({ url: `${url}/graphql`, preferGetMethod: false, exchanges: [fetchExchange, subscriptions] });
    return drive(client, () => socket.dispose());
  }, codeOf);
});

describe('urql over HTTP and server-sent events', () => {
  driveMainJob(({ url }) => {
    const client = createClient({ url: `${url}/graphql`, preferGetMethod: false, exchanges: [fetchExchange], fetchSubscriptions: true });
    return drive(client, () => undefined);
  }, codeOf);
});
