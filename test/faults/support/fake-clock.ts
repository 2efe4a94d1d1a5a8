import { globSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gateway } from '../../support/gateway.ts';
import { mutate } from '../../support/mutate.ts';

const [library] = globSync('/usr/lib/{*/,}faketime/libfaketimeMT.so.1');

/** Why there is no clock that can be set; nothing when there is one. */
export const noFakeClock = library ? undefined : 'libfaketime is not installed, and the clock of the machine is not ours to set';

/** The wall clock of one process, which can be set while it runs. Its monotonic clock goes on as it is, as it does when an administrator sets the time. */
export interface FakeClock {
  /** For the process that is to see this clock. */
  readonly env: Record<string, string>;
  /** Now, as the process sees it, ms since 1970. */
  now(): number;
  /** Sets it, to the second; it goes on from there. */
  set(to: Date): void;
  /** @throws when the gateway sees another time */
  check(gateway: Pick<Gateway, 'query'>): Promise<void>;
}

/** A clock that is right until it is set. */
export function createFakeClock(run: { cleanUp(step: () => unknown): void }): FakeClock {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-clock-'));
  run.cleanUp(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'offset');
  let offsetSeconds = 0;
  const write = () => {
    // Renamed into its place: the process reads it at every look at the clock.
    writeFileSync(`${file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
    renameSync(`${file}.new`, file);
    utimesSync(file, new Date(), new Date());
  };
  write();
  return {
    env: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
    now: () => Date.now() + offsetSeconds * 1000,
    set(to) {
      offsetSeconds = Math.round((to.getTime() - Date.now()) / 1000);
      write();
    },
    async check(gateway) {
      const { collection } = await mutate(gateway, 'createCollection', { name: 'What time is it?' }, 'collection { createdAt }');
      const seen = Date.parse(collection.createdAt);
      if (Math.abs(seen - this.now()) > 5_000) throw new Error(`the gateway's clock says ${collection.createdAt}`);
    },
  };
}
