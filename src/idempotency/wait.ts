import type { Events } from '../events/events.ts';

const floorMs = 500;

/** Resolves when the topic is published, or after half a second: a hint may be lost. */
export function waitUntil(events: Events, topic: string): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, floorMs);
    const stop = events.watch([topic], done);
  });
}
