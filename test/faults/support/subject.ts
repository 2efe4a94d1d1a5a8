import { type Gateway, type GatewayOptions, startGateway } from '../../support/gateway.ts';
import { endOf, type Job } from '../../support/sync-jobs.ts';
import { type Acknowledged, checkInvariants, type Sources } from './invariants.ts';
import { Violation } from './violation.ts';

/** A real gateway process with its data folder, to which things are done: killed, frozen, started again on the same folder. */
export interface Subject {
  /** The process that runs now, or ran last. */
  readonly gateway: Gateway;
  readonly dataDir: string;
  /** SIGKILL. What it had acknowledged has to be there afterwards. */
  kill(): Promise<void>;
  /** Starts it again on the same folder, and waits until it is ready. `env` replaces single variables from now on. */
  start(env?: Record<string, string>): Promise<Gateway>;
  /** SIGSTOP: every thread of it stands still, its sockets stay open. */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /**
   * G1: what was acknowledged, as a query that has to find a row in the control database for ever after:
   * `subject.acknowledged('the collection Shop', 'select 1 from collection where id = ?', id)`.
   */
  acknowledged(what: string, sql: string, ...parameters: readonly (string | number)[]): void;
  /** How many such there are. */
  acknowledgements(): number;
  /** G3: waits for the jobs to end. @throws Violation when one does not within `withinMs` */
  endOf(jobIds: readonly string[], withinMs?: number): Promise<Job[]>;
  /**
   * The end of every run: stops the gateway, which has to leave with 0, and looks at everything that it stored.
   * @param sources what each collection has to hold, where all its jobs are done
   * @throws Violation
   */
  check(sources?: Sources): Promise<void>;
}

/** The way that faults are timed: a tick of 200 ms and a lease of 2 s. */
const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };

/** Starts one for a run, which ends with it. `options.env` adds to a short tick and a short lease. */
export async function startSubject(run: { cleanUp(step: () => unknown): void }, options: GatewayOptions = {}): Promise<Subject> {
  const environment: Record<string, string> = { ...env, ...options.env };
  let gateway = await startGateway({ ...options, env: environment });
  const { dataDir } = gateway;
  const acknowledged: Acknowledged[] = [];
  const signal = (name: NodeJS.Signals) => process.kill(gateway.pid, name);
  run.cleanUp(() => gateway.cleanUp());
  return {
    get gateway() {
      return gateway;
    },
    dataDir,
    kill: () => gateway.kill(),
    async start(changes = {}) {
      Object.assign(environment, changes);
      gateway = await startGateway({ ...options, dataDir, env: environment });
      return gateway;
    },
    freeze: () => void signal('SIGSTOP'),
    thaw: () => void signal('SIGCONT'),
    acknowledged: (what, sql, ...parameters) => void acknowledged.push({ what, sql, parameters }),
    acknowledgements: () => acknowledged.length,
    async endOf(jobIds, withinMs = 30_000) {
      const end = Date.now() + withinMs;
      const jobs: Job[] = [];
      for (const id of jobIds)
        jobs.push(
          await endOf(gateway, id, Math.max(0, end - Date.now())).catch((error: unknown) => {
            throw new Violation('G3', `a job did not end within ${withinMs} ms: ${error instanceof Error ? error.message : String(error)}`);
          }),
        );
      return jobs;
    },
    async check(sources = new Map()) {
      const status = await gateway.stop();
      if (status !== 0) throw new Error(`the gateway left with ${status}:\n${gateway.output().slice(-4_000)}`);
      checkInvariants({ dataDir, acknowledged, sources });
    },
  };
}
