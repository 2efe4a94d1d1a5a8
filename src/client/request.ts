import type { TypedDocumentString } from './generated/graphql.ts';
import { HeadgateError, ofGraphqlErrors } from './headgate-error.ts';

export interface RequestOptions {
  /** The gateway's GraphQL endpoint, `https://…/graphql`. */
  readonly url: string | URL;
  /** Sent along with each request; called anew for each, so that it may hold a token that is renewed. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /** @default the global one */
  readonly fetch?: typeof fetch | undefined;
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: Parameters<typeof ofGraphqlErrors>[0];
}

const timeoutMs = 30_000;

/**
 * Runs a query or a mutation over HTTP; gives up after 30 seconds.
 * @throws HeadgateError
 */
export async function request<Data, Variables>(
  { url, headers = {}, fetch: send = fetch }: RequestOptions,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Data> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(url, {
      method: 'POST',
      headers: {
        ...(typeof headers === 'function' ? await headers() : headers),
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    return await read<Data>(response);
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    throw new HeadgateError('The gateway could not be reached.', { retryable: true, cause: error });
  }
}

async function read<Data>(response: Response): Promise<Data> {
  const text = await response.text();
  const { data, errors } = parse<Data>(text, response.status);
  if (errors?.length) throw ofGraphqlErrors(errors);
  if (data == null) throw notGraphql(response.status);
  return data;
}

function parse<Data>(text: string, status: number): Answer<Data> {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer as Answer<Data>;
  } catch {
    // Whatever it is, a proxy has written it.
  }
  throw notGraphql(status);
}

const notGraphql = (status: number) =>
  new HeadgateError(`The answer is not one of a GraphQL server (HTTP ${status}).`, { retryable: status === 408 || status === 429 || status >= 500 });
