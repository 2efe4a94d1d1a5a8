import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { TypedDocumentString } from '../src/client/generated/graphql.ts';

export interface Client {
  /** @throws Error when there are `errors`, which none of the demo's operations should have */
  execute<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result>;
  /** Over the WebSocket, all subscriptions on one. Ends when the server completes it, or by leaving the loop. */
  subscribe<Result, Variables extends object>(document: TypedDocumentString<Result, Variables>, variables: Variables): AsyncIterable<Result>;
  close(): Promise<void>;
}

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string }[];
}

function dataOf<Result>({ data, errors }: Answer<Result>): Result {
  if (errors || !data) throw new Error(errors?.map(({ message }) => message).join('\n') ?? 'The gateway answered without data.');
  return data;
}

export function createDemoClient(url: string): Client {
  const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
  return {
    async execute<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: document, variables }),
      });
      return dataOf((await response.json()) as Answer<Result>);
    },
    async *subscribe<Result, Variables extends object>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
      const answers = socket.iterate<Result>({ query: document.toString(), variables: variables as Record<string, unknown> });
      for await (const answer of answers) yield dataOf(answer as Answer<Result>);
    },
    async close() {
      await socket.dispose();
    },
  };
}

type Member = { readonly __typename: string };
type Payload<Union extends Member> = Extract<Union, { readonly __typename: `${string}Payload` }>;

/** The payload of a mutation. @throws Error with the message of the expected error that came instead */
export function payloadOf<Union extends Member>(result: Union): Payload<Union> {
  if (result.__typename.endsWith('Payload')) return result as Payload<Union>;
  const { code, message } = result as unknown as { code: string; message: string };
  throw new Error(`${code}: ${message}`);
}
