import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Caller } from './caller.ts';
import { shownOnce } from './canary.ts';
import { mutate } from './mutate.ts';

/** One request, as it came. */
export interface Received {
  readonly path: string;
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  readonly payload: { readonly type: string; readonly timestamp: string; readonly data: any };
}

/** A status, or what is done with the response by hand. @default 204 */
export type Answer = number | ((response: ServerResponse) => void);

export interface HookReceiver {
  url(path?: string): string;
  /** Everything that came, in order. */
  readonly received: Received[];
  /** Decides what is answered. */
  answer: (received: Received, path: string) => Answer;
  close(): Promise<void>;
}

/** A server of somebody who is told of events. */
export async function startReceiver(port = 0): Promise<HookReceiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const headers = request.headers as Record<string, string>;
    const path = request.url ?? '';
    const one = { path, id: headers['webhook-id'] ?? '', headers, body, payload: JSON.parse(body) };
    received.push(one);
    const answer = receiver.answer(one, path);
    if (typeof answer === 'number') response.writeHead(answer).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const receiver: HookReceiver = {
    url: (path = '/') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    received,
    answer: () => 204,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** @throws when the signature is not that of the secret, by the library that receivers use */
export function verify(secret: string, { body, headers }: Received): void {
  new Webhook(secret).verify(body, headers);
}

export interface NewHook {
  readonly id: string;
  readonly secret: string;
}

export const everyEvent = ['SYNC_JOB_TRANSITION', 'SOURCE_CONNECTION_STATUS'];

/** A new webhook, which must be accepted. */
export async function createHook(api: Pick<Caller, 'query'>, url: string, events: readonly string[] = everyEvent): Promise<NewHook> {
  const result = await mutate(api, 'createWebhook', { url, events });
  if (result.__typename !== 'CreateWebhookPayload') throw new Error(`The webhook was refused: ${JSON.stringify(result)}`);
  const secret = shownOnce('webhook secret', result['secret']);
  shownOnce('the secret half of a webhook secret', secret.replace('whsec_', ''));
  return { id: result['webhook'].id, secret };
}

export interface DeliveryLine {
  readonly id: string;
  readonly event: string;
  readonly at: string;
  readonly attempt: number;
  readonly responseStatus: number | null;
  readonly delivered: boolean;
}

const hookDocument = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { node(id: $id) { ... on Webhook {
  id url events enabled disabledReason deliveries(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor } nodes { id event at attempt responseStatus delivered } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } } }`;

/** A webhook with a page of its deliveries, the newest event first. */
export async function readHook(api: Pick<Caller, 'query'>, id: string, page: object = { first: 100 }) {
  return (await api.query(hookDocument, { id, ...page })).node;
}

/** Its deliveries in the order of the events. */
export async function deliveriesOf(api: Pick<Caller, 'query'>, id: string): Promise<DeliveryLine[]> {
  return (await readHook(api, id)).deliveries.nodes.toReversed();
}
