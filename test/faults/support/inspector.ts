import { once } from 'node:events';
import WebSocket from 'ws';
import { eventually } from '../../support/eventually.ts';
import type { Gateway } from '../../support/gateway.ts';

/** For `env` of a gateway that is looked into: Node's own inspector, on a free port. */
export const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** What is alive in the main thread of a gateway, after everything that can be collected was. */
export interface Alive {
  readonly heapBytes: number;
  /** Handles and timers that the event loop knows. */
  readonly resources: number;
  readonly functions: number;
  readonly abortSignals: number;
  readonly asyncGenerators: number;
}

const prototypes = {
  functions: 'Function.prototype',
  abortSignals: 'AbortSignal.prototype',
  asyncGenerators: 'Object.getPrototypeOf(async function* () {}).prototype',
} as const;

interface Remote {
  readonly result: { readonly value?: number; readonly objectId?: string };
}

/** Counts by the inspector of the process: nothing in the product is there for it. Started with `inspected`. */
export async function countAlive(gateway: Pick<Gateway, 'output'>): Promise<Alive> {
  const url = /Debugger listening on (ws:\S+)/.exec(gateway.output())?.[1];
  if (!url) throw new Error('the gateway was not started with an inspector');
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1024 ** 3 });
  await once(socket, 'open');
  let last = 0;
  const ask = async <Answer>(method: string, params: object = {}): Promise<Answer> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      const message = JSON.parse(String(data)) as { id?: number; result?: Answer; error?: object };
      if (message.id !== id) continue;
      if (!message.result) throw new Error(`${method}: ${JSON.stringify(message.error)}`);
      return message.result;
    }
  };
  const evaluate = async (expression: string) => (await ask<Remote>('Runtime.evaluate', { expression, returnByValue: true })).result.value ?? 0;
  const count = async (expression: string) => {
    const { result } = await ask<Remote>('Runtime.evaluate', { expression, objectGroup: 'count' });
    const { objects } = await ask<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId: result.objectId,
      objectGroup: 'count',
    });
    const length = await ask<Remote>('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: 'function () { return this.length }',
      returnByValue: true,
    });
    // Else what was counted would be held by the one who counts.
    await ask('Runtime.releaseObjectGroup', { objectGroup: 'count' });
    return length.result.value ?? 0;
  };
  try {
    for (let turn = 0; turn < 3; turn++) await ask('HeapProfiler.collectGarbage');
    return {
      functions: await count(prototypes.functions),
      abortSignals: await count(prototypes.abortSignals),
      asyncGenerators: await count(prototypes.asyncGenerators),
      resources: await evaluate('process.getActiveResourcesInfo().length'),
      heapBytes: await evaluate('process.memoryUsage().heapUsed'),
    };
  } finally {
    socket.terminate();
  }
}

/** Waits until it is so: what was closed is let go of a moment later. @throws what `holds` throws in the end */
export async function eventuallyAlive(gateway: Pick<Gateway, 'output'>, holds: (alive: Alive) => void): Promise<void> {
  await eventually(async () => holds(await countAlive(gateway)), 20_000);
}
