import type { HttpOptions, Session } from '../../src/http/options.ts';
import { createHttp, type Http } from '../../src/http.ts';
import { localActor } from '../../src/lib/actor.ts';
import { createLog } from '../../src/lib/log.ts';
import { followGateway } from './canaries/capture.ts';
import { capture } from './canaries/run-folder.ts';
import { createTinySchema, type Gauge } from './tiny-schema.ts';

export interface TinyHttp {
  readonly url: string;
  readonly socketUrl: string;
  readonly gauge: Gauge;
  readonly http: Http;
  /** Everything that was logged, as JSON lines. */
  readonly logged: () => string;
  readonly stop: () => Promise<void>;
  readonly post: (body: object, headers?: Record<string, string>) => Promise<Response>;
}

const anybody: Session = {
  principal: 'anybody',
  credential: 'anybody',
  expiresAt: null,
  caller: { organizationId: 'org', collectionIds: null, actor: localActor, role: 'ADMIN' },
};

/** The transport over the tiny schema, on a free port. Contexts carry a serial number of their own. */
export async function startTinyHttp(options: Partial<HttpOptions> = {}, port = 0): Promise<TinyHttp> {
  const gauge: Gauge = { open: 0, pulled: 0, links: 0 };
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
    capture('log', line);
  };
  let serial = 0;
  const http = createHttp({
    schema: createTinySchema(gauge),
    authenticate: async () => anybody,
    createContext: async () => ({ serial: ++serial }),
    log: createLog({ level: 'trace', pretty: false, destination: { write: log } }),
    health: { ready: async () => true },
    graphiql: { tabs: [] },
    ...options,
  });
  const { url } = await http.listen(port, '127.0.0.1');
  followGateway(url);
  return {
    url,
    socketUrl: `${url.replace('http', 'ws')}/graphql`,
    gauge,
    http,
    logged: () => lines.join(''),
    stop: () => http.close(2_000),
    post: (body, headers = {}) =>
      fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
  };
}
