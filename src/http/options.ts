import type { IncomingHttpHeaders } from 'node:http';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Caller } from '../context.ts';
import type { Log } from '../lib/log.ts';
import type { RateLimits } from '../rate-limits/rate-limits.ts';
import type { SocketLimits } from './socket-counts.ts';

/** Who asks: all that a context may be made from. */
export interface OperationRequest {
  /** Of the HTTP request, or of the WebSocket's upgrade. */
  readonly headers: IncomingHttpHeaders;
  /** The payload of `connection_init`: where a WebSocket client that cannot set headers puts its key. */
  readonly connectionParams?: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  readonly transport: 'http' | 'websocket';
  /** The client's, as far as trusted proxies tell. */
  readonly address: string;
  /** Aborted when the client is not there any more to read the answer. */
  readonly left?: AbortSignal;
}

/** Who asks, once that is known. */
export interface Session {
  /** The same for all that one key or one person sends; what is counted and limited is counted by it. */
  readonly principal: string;
  /** What was shown: callers who showed the same have the same rights for as long as it counts. */
  readonly credential: string;
  /** When it stops counting; `null` = not by itself. */
  readonly expiresAt: Date | null;
  readonly caller: Caller;
}

export interface GraphiqlTab {
  readonly title?: string;
  readonly query: string;
  /** JSON text. */
  readonly variables?: string;
  /** JSON text. */
  readonly headers?: string;
}

export interface GraphiqlOptions {
  readonly tabs: readonly GraphiqlTab[];
  readonly title?: string;
  /** Server-sent events carry the headers that the page's editor holds; a WebSocket of a browser cannot. @default websocket */
  readonly subscriptions?: 'websocket' | 'events';
  /** JavaScript that the page runs before GraphiQL. */
  readonly script?: string;
}

export interface HttpOptions {
  readonly schema: GraphQLSchema;
  /** Called for each operation, when a socket opens, and again for as long as a subscription lives: a key may be revoked meanwhile. @throws UnauthorizedError ForbiddenError */
  readonly authenticate: (request: OperationRequest) => Promise<Session>;
  /** Called for each operation, and for each event of a subscription unless `createEventContext` is given. With `waitSeconds` the caller is over its rate, and its mutations have to say so. A GraphQLError thrown here reaches the client, anything else is masked. */
  readonly createContext: (session: Session, request: OperationRequest, waitSeconds?: number) => Promise<object>;
  /** Called for each event of a subscription with the session that it was opened with; looks again whether that still holds, and lets subscribers of one event share loaders. `null`: the caller may not see this event (any more). */
  readonly createEventContext?: (session: Session, event: unknown, request: OperationRequest) => Promise<object | null>;
  readonly log: Log;
  /** Turns a thrown error that the domain knows into what clients see; undefined means that it is unexpected and gets masked. */
  readonly maskError?: (error: unknown) => GraphQLError | undefined;
  readonly health: {
    readonly ready: () => Promise<boolean>;
    /** It answers, but not everything works; it stays ready, for reading is better than nothing. */
    readonly degraded?: () => Promise<boolean>;
  };
  /** Left out, there is no page for browsers. */
  readonly graphiql?: GraphiqlOptions | undefined;
  /** Whether `__schema` and `__type` are answered. @default true */
  readonly introspection?: boolean;
  /** Whether a wrong name is answered with similar right ones. @default true */
  readonly suggestions?: boolean;
  /** @default 1 MiB */
  readonly maxBodyBytes?: number;
  /** For the headers of a request to arrive. @default 10,000 ms */
  readonly headersTimeoutMs?: number;
  /** Longer than this no query takes, and no answer to one event. @default 30,000 ms */
  readonly requestTimeoutMs?: number;
  /** Origins whose pages may use the gateway, such as `https://app.example.com`. @default none but our own */
  readonly corsOrigins?: readonly string[];
  /** Whether a page of any other origin is answered, without being allowed to read it: only where every caller shows a key of its own. @default false */
  readonly answerForeignOrigins?: boolean;
  /** Whether a GET needs a header that no page sends to another origin without asking. @default false */
  readonly guardGet?: boolean;
  /** Networks as `10.0.0.0/8` whose X-Forwarded-For is believed. @default none */
  readonly trustedProxies?: readonly string[];
  /** Left out, nothing is limited. */
  readonly rateLimits?: RateLimits | undefined;
  /** Documents by their SHA-256, beside which none is run. @default any document is run */
  readonly persistedOperations?: ReadonlyMap<string, string> | undefined;
  /** @default 1,000 sockets of one principal, 500 of one address that have not said whose they are */
  readonly sockets?: Partial<SocketLimits>;
  /** A socket that leaves a ping without answer for so long is cut off. @default 12,000 ms */
  readonly keepAliveMs?: number;
  /** How often the keys and tokens of open sockets and streams are looked at again. @default 1,000 ms */
  readonly sessionCheckMs?: number;
  /** Names that the Host header may carry, without port: a wall against DNS rebinding where every caller is trusted. @default any */
  readonly hosts?: readonly string[];
  /** Envelop plugins such as limits; they act on HTTP, SSE and WebSocket alike. */
  readonly plugins?: readonly Plugin[];
}
