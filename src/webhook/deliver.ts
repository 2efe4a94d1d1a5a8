import { createBell } from '../lib/bell.ts';
import { attemptDelivery, type DeliveryServices } from './attempt.ts';
import { claimLane, type Errand } from './claim.ts';
import { webhookTopic } from './enqueue.ts';
import { findLanes } from './find.ts';
import { leaseMs, putBack } from './lane.ts';
import { purgeDeleted } from './prune.ts';
import { settle } from './settle.ts';
import type { WebhookLane } from './webhook-lane.entity.ts';

/** Attempts at once. No receiver that hangs, and no organization with many of them, keeps all of them busy. */
const atOnce = { altogether: 64, perOrganization: 16, perWebhook: 4 };
/** Events of one lane in a row; then it is the turn of others that are due. */
const inARow = 20;
/** Attempts that are under way get this long when we are to stop; then they are broken off, to be made again. */
const stopGraceMs = 4_000;

/**
 * Delivers what is pending until nothing is, or until it is told to stop. Any number of deliverers may look at one database: each lane is held by one
 * of them. What is in memory is one event for each attempt under way, however many are pending.
 */
export async function deliverWebhooks(services: DeliveryServices, signal: AbortSignal): Promise<void> {
  const lanes = new Map<string, WebhookLane>();
  const breakOff = new AbortController();
  const bell = createBell();
  const unwatch = services.events.watch([webhookTopic], bell.ring);
  const graceful = () => {
    bell.ring();
    setTimeout(() => breakOff.abort(signal.reason), stopGraceMs).unref();
  };
  signal.addEventListener('abort', graceful, { once: true });

  const work = async (lane: WebhookLane) => {
    try {
      await workLane(services, lane, signal, breakOff.signal);
    } catch (err) {
      // Its lease runs out, and then it is tried again.
      if (!breakOff.signal.aborted)
        services.log.error({ err, webhookId: lane.webhookId }, 'a webhook event could not be delivered because of an error on our side');
    } finally {
      lanes.delete(keyOf(lane));
      bell.ring();
    }
  };
  try {
    while (!signal.aborted) {
      const { due, nextAt, hasMore } = await findLanes(services.db, [...lanes.values()], atOnce);
      for (const lane of due) {
        lanes.set(keyOf(lane), lane);
        void work(lane);
      }
      if (hasMore) continue;
      if (lanes.size === 0) {
        // Not only at the end: where some receiver is always out of reach, something always waits for its next attempt.
        await purgeDeleted(services, signal);
        if (nextAt === null) return;
      }
      const untilMs = nextAt ? Math.max(1, nextAt.getTime() - Date.now()) : services.config.tickMs;
      await bell.heard(Math.min(untilMs, services.config.tickMs));
    }
  } finally {
    while (lanes.size > 0) await bell.heard(stopGraceMs);
    unwatch();
    signal.removeEventListener('abort', graceful);
  }
}

function keyOf({ webhookId, sourceConnectionId }: WebhookLane): string {
  return `${webhookId}|${sourceConnectionId}`;
}

/** Delivers the events of one lane, each after the one before it. */
async function workLane(services: DeliveryServices, lane: WebhookLane, stop: AbortSignal, breakOff: AbortSignal): Promise<void> {
  const { webhookTimeoutMs, webhookRetryBaseMs: retryBaseMs } = services.config;
  const options = { leaseMs: leaseMs(webhookTimeoutMs), retryBaseMs };
  let next = await claimLane(services, lane, options.leaseMs);
  for (let count = 0; next; count++) {
    const errand: Errand = next;
    if (stop.aborted || count === inARow) return putBack(services, errand.lane);
    try {
      next = await settle(services, errand, await attemptDelivery(services, errand, breakOff), options);
    } catch (error) {
      if (breakOff.aborted) return putBack(services, errand.lane);
      throw error;
    }
  }
}
