import { openRawSocket } from './raw-socket.ts';

interface Place {
  readonly url: string;
  readonly socketUrl: string;
}

interface Asked {
  readonly query?: string;
  readonly [parameter: string]: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they asked for
type Answer = { data?: any; errors?: any[] };

/** How one operation is answered over one transport. */
export const transports: readonly (readonly [string, (place: Place, asked: Asked, headers?: Record<string, string>) => Promise<Answer>])[] = [
  ['HTTP', async ({ url }, asked, headers) => (await post(url, asked, { accept: 'application/graphql-response+json', ...headers })).json()],
  [
    'server-sent events',
    async ({ url }, asked, headers) => {
      const text = await (await post(url, asked, { accept: 'text/event-stream', ...headers })).text();
      return JSON.parse(/^event: next\ndata: (.*)$/m.exec(text)?.[1] ?? 'null');
    },
  ],
  [
    'the WebSocket',
    async ({ socketUrl }, asked, headers) => {
      const raw = await openRawSocket(socketUrl, headers ? { headers } : {});
      raw.send({ id: '1', type: 'subscribe', payload: { query: '', ...asked } });
      const { type, payload } = await raw.next();
      raw.socket.terminate();
      return (type === 'error' ? { errors: payload } : payload) as Answer;
    },
  ],
];

export function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}
