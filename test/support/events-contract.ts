import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Events } from '../../src/events/events.ts';

/** What every implementation of the events port promises. @param openTwo two participants that hear each other */
export function eventsContract(name: string, openTwo: () => Promise<readonly [Events, Events]>): void {
  async function two(): Promise<readonly [Events, Events]> {
    const both = await openTwo();
    onTestFinished(async () => {
      await Promise.all(both.map((events) => events.close()));
    });
    return both;
  }

  describe(`events: ${name}`, () => {
    it('wakes who watches the topic, here and elsewhere', async () => {
      const [here, there] = await two();
      const wakeHere = vi.fn();
      const wakeThere = vi.fn();
      here.watch(['transitions'], wakeHere);
      there.watch(['other', 'transitions'], wakeThere);
      here.publish('transitions');
      await vi.waitFor(() => {
        expect(wakeHere).toHaveBeenCalled();
        expect(wakeThere).toHaveBeenCalled();
      }, 10_000);
    });

    it('leaves a watcher of another topic asleep', async () => {
      const [here, there] = await two();
      const asleep = vi.fn();
      const awake = vi.fn();
      there.watch(['sync-job:job_1'], asleep);
      there.watch(['sync-job:job_2'], awake);
      here.publish('sync-job:job_2');
      await vi.waitFor(() => expect(awake).toHaveBeenCalled(), 10_000);
      expect(asleep).not.toHaveBeenCalled();
    });

    it('wakes once for a burst', async () => {
      const [here] = await two();
      const wake = vi.fn();
      here.watch(['transitions', 'sync-job:job_1'], wake);
      for (let n = 0; n < 1000; n += 1) {
        here.publish('transitions');
        here.publish('sync-job:job_1');
      }
      await vi.waitFor(() => expect(wake).toHaveBeenCalled(), 10_000);
      expect(wake).toHaveBeenCalledTimes(1);
    });

    it('wakes the others when one watcher throws', async () => {
      const [here] = await two();
      const wake = vi.fn();
      here.watch(['transitions'], () => {
        throw new Error('this watcher is broken');
      });
      here.watch(['transitions'], wake);
      here.publish('transitions');
      await vi.waitFor(() => expect(wake).toHaveBeenCalled(), 10_000);
    });

    it('forgets a watcher at once, even between the publish and the wake', async () => {
      const [here] = await two();
      const gone = vi.fn();
      const stays = vi.fn();
      const unwatch = here.watch(['transitions'], gone);
      here.watch(['transitions'], stays);
      here.publish('transitions');
      unwatch();
      unwatch();
      await vi.waitFor(() => expect(stays).toHaveBeenCalled(), 10_000);
      expect(gone).not.toHaveBeenCalled();
    });

    it('passes on what was published just before it closes, and nothing after', async () => {
      const [here, there] = await two();
      const before = vi.fn();
      const after = vi.fn();
      there.watch(['before'], before);
      there.watch(['after'], after);
      here.publish('before');
      await here.close();
      here.publish('after');
      await here.close();
      await vi.waitFor(() => expect(before).toHaveBeenCalled(), 10_000);
      await delay(20);
      expect(after).not.toHaveBeenCalled();
    });
  });
}
