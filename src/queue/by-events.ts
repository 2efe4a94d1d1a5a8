import type { Events } from '../events/events.ts';
import { claimableTopic, type Interrupt, type Queue } from './queue.ts';

const interruptTopic = (syncJobId: string) => `sync-job-interrupted:${syncJobId}`;

export interface EventQueueOptions {
  readonly events: Events;
  /** What the row of a job says: events only wake, also when nothing was told. */
  interruptOf(syncJobId: string): Promise<Interrupt | undefined>;
}

/** The queue of many processes: every worker hears that there is something to claim, and the one that claims it first has it. */
export function createEventQueue({ events, interruptOf }: EventQueueOptions): Queue {
  return {
    enqueue: () => events.publish(claimableTopic),
    interrupt: (syncJobId) => events.publish(interruptTopic(syncJobId)),
    // Whoever runs jobs looks for claimable ones whenever it is woken.
    work() {},
    onInterrupt(syncJobId, interrupt) {
      const look = async () => {
        const reason = await interruptOf(syncJobId);
        if (reason) interrupt(reason);
      };
      // What could not be read is read with the next heartbeat of the job.
      return events.watch([interruptTopic(syncJobId)], () => void look().catch(() => {}));
    },
  };
}
