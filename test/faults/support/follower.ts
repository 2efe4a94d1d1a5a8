import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { readControlRows } from '../../support/control-rows.ts';
import type { Gateway } from '../../support/gateway.ts';
import { subscribeFrame } from '../../support/raw-socket.ts';
import { hold } from './violation.ts';

const document = `subscription ($filter: SyncJobTransitionFilter, $after: String) {
  syncJobTransitions(filter: $filter, after: $after) { id cursor sequence to syncJob { id } }
}`;

export interface Followed {
  readonly id: string;
  readonly cursor: string;
  readonly sequence: number;
  readonly to: string;
  readonly syncJob: { readonly id: string };
}

export interface Follower {
  /** What came, in the order in which it came. */
  readonly seen: readonly Followed[];
  /** How each of its sockets ended, by close code. */
  readonly closeCodes: readonly number[];
  /** How far its present socket is. */
  readonly stage: string;
  /** Resolves when the gateway has taken up the subscription for the first time. */
  readonly began: Promise<void>;
  /** Reads no byte more, and answers no ping. */
  pause(): void;
  resume(): void;
  /** Called for each transition. */
  onSeen?: (transition: Followed) => void;
  stop(): void;
}

export interface FollowerOptions {
  readonly filter?: object;
  /** Where to begin; with what comes when left out. */
  readonly after?: string;
}

/**
 * Follows transitions on a socket of its own, and connects again whenever that ends, with the cursor of the last one that it saw, as every client of
 * ours does. It drops nothing by itself: what comes twice is in `seen` twice.
 */
export function follow(url: string, { filter, after }: FollowerOptions = {}): Follower {
  const seen: Followed[] = [];
  const closeCodes: number[] = [];
  let socket: WebSocket | undefined;
  let stopped = false;
  let paused = false;
  let stage = 'none';
  let tries = 0;
  let begin = () => {};
  const began = new Promise<void>((resolve) => (begin = resolve));

  function connect(): void {
    const own = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
    socket = own;
    stage = 'connecting';
    own.on('open', () => {
      stage = 'open';
      own.send('{"type":"connection_init"}');
    });
    own.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; payload?: unknown };
      if (frame.type === 'connection_ack') {
        const from = seen.at(-1)?.cursor ?? after;
        stage = `acknowledged, subscribed after ${from ?? 'now'}`;
        own.send(JSON.stringify(subscribeFrame('1', document, { ...(filter ? { filter } : {}), ...(from === undefined ? {} : { after: from }) })));
        // Answered after the subscription before it was taken up.
        own.send(JSON.stringify(subscribeFrame('2', '{ __typename }')));
        return;
      }
      if ((frame as { id?: string }).id === '2') {
        tries = 0;
        stage = `${stage}, answered`;
        return begin();
      }
      if (frame.type !== 'next') return own.close(4999, 'unexpected');
      const transition = (frame.payload as { data?: { syncJobTransitions: Followed } }).data?.syncJobTransitions;
      if (!transition) return own.close(4999, 'unexpected');
      seen.push(transition);
      follower.onSeen?.(transition);
    });
    // What is refused or cut off closes as well.
    own.on('error', () => {});
    own.on('close', (code) => {
      closeCodes.push(code);
      stage = 'closed';
      if (stopped) return;
      tries += 1;
      void sleep(Math.min(1_000, 25 * 2 ** tries) * (0.5 + Math.random() / 2)).then(() => stopped || connect());
    });
    if (paused) own.once('open', () => own.pause());
  }

  const follower: Follower = {
    seen,
    closeCodes,
    get stage() {
      return stage;
    },
    began,
    pause() {
      paused = true;
      socket?.pause();
    },
    resume() {
      paused = false;
      socket?.resume();
    },
    stop() {
      stopped = true;
      socket?.terminate();
    },
  };
  connect();
  return follower;
}

/** Every transition that is stored behind a cursor of the log, 0 = all, in the order of commits. */
export function storedTransitions(gateway: Pick<Gateway, 'dataDir'>, behind = 0): { id: string; sequence: number; syncJobId: string }[] {
  return readControlRows(gateway, (database) =>
    database
      .prepare<[number], { id: string; sequence: number; syncJobId: string }>(
        'select id, sequence, sync_job_id as syncJobId from sync_job_transition where cursor > ? order by cursor',
      )
      .all(behind),
  );
}

/** Waits until the followers have seen as many transitions. */
export async function caughtUp(followers: readonly Follower[], count: number, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (followers.some(({ seen }) => seen.length < count) && Date.now() < end) await sleep(20);
}

/** G5 and G6: every one, once, in order, and no other. @throws Violation */
export function holdComplete(followers: readonly Follower[], expected: readonly { readonly id: string }[]): void {
  const wanted = expected.map(({ id }) => id);
  const stored = new Set(wanted);
  for (const [number, { seen, closeCodes, stage }] of followers.entries()) {
    const got = seen.map(({ id }) => id);
    const stranger = seen.find(({ id }) => !stored.has(id));
    hold('G6', stranger === undefined, `follower ${number} saw what is not stored: ${JSON.stringify(stranger)}`);
    const differs = wanted.findIndex((id, index) => id !== got[index]);
    const ends = `its ${closeCodes.length} sockets ended with ${[...new Set(closeCodes)].join(', ')}, the present one is ${stage}`;
    hold('G5', differs < 0, `follower ${number} saw ${JSON.stringify(seen[differs])} as number ${differs} of ${wanted.length}; ${ends}`);
    hold('G5', got.length === wanted.length, `follower ${number} saw ${got.length} transitions, ${wanted.length} are stored; ${ends}`);
  }
}
