import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphqlResult<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

// biome-ignore lint/suspicious/noExplicitAny: tests that have no typed document look at what they asked for
type Anything = any;

/** Text of a query, or a generated document, which is its own text. */
export type Query = string | { toString(): string };

/** Somebody who speaks to a gateway. */
export interface Caller {
  execute<Data = Anything>(query: Query, variables?: Record<string, unknown>): Promise<GraphqlResult<Data>>;
  /** The data of an operation that must not have errors. @throws with the errors */
  query<Data = Anything>(query: Query, variables?: Record<string, unknown>): Promise<Data>;
  /** Over graphql-transport-ws, one socket each. Ends with `return()`. */
  subscribe<Data = Anything>(query: Query, variables?: Record<string, unknown>): AsyncIterableIterator<GraphqlResult<Data>>;
  /** Somebody else before the same gateway, with these headers and no others: `{ 'X-API-Key': key }`. */
  as(identity: Identity): Caller;
}

export interface Identity {
  /** Sent with each request; over the WebSocket they are the connectionParams. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @param url `http://127.0.0.1:PORT` */
export function createCaller(url: string, { headers }: Identity = { headers: {} }): Caller {
  const execute: Caller['execute'] = async (query, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: query.toString(), variables }),
    });
    return (await response.json()) as GraphqlResult<Anything>;
  };

  return {
    execute,
    async query(query, variables) {
      const { data, errors } = await execute(query, variables);
      if (errors || !data) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
      return data;
    },
    subscribe(query, variables) {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: headers,
        retryAttempts: 0,
      });
      const results = client.iterate({ query: query.toString(), ...(variables ? { variables } : {}) }) as AsyncIterableIterator<
        GraphqlResult<Anything>
      >;
      const leave = results.return?.bind(results);
      results.return = async (value) => {
        const last = (await leave?.(value)) ?? { done: true as const, value };
        await client.dispose();
        return last;
      };
      return results;
    },
    as: (identity) => createCaller(url, identity),
  };
}
