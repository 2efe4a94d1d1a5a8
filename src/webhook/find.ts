import type { Db } from '../db/rows.ts';
import { lanes } from './read.ts';
import type { WebhookLane } from './webhook-lane.entity.ts';

/** How many lanes may be held at once. */
export interface LaneLimits {
  readonly altogether: number;
  readonly perOrganization: number;
  readonly perWebhook: number;
}

export interface FoundLanes {
  /** To be taken now, as many as the limits allow. */
  readonly due: readonly WebhookLane[];
  /** When the next one is due that nobody here holds. */
  readonly nextAt: Date | null;
  /** Some were left out for whom there are too many already: those behind them have not been seen. */
  readonly hasMore: boolean;
}

/** @param held what the caller holds, and will not be given again */
export async function findLanes(db: Db, held: readonly WebhookLane[], limits: LaneLimits): Promise<FoundLanes> {
  const free = limits.altogether - held.length;
  if (free <= 0) return { due: [], nextAt: null, hasMore: false };
  const ofWebhook = countBy(held, ({ webhookId }) => webhookId);
  const ofOrganization = countBy(held, ({ organizationId }) => organizationId);
  const full = (counts: ReadonlyMap<string, number>, limit: number) => [...counts].flatMap(([id, count]) => (count >= limit ? [id] : []));
  let query = db.selectFrom('webhook_lane').selectAll().where('due_at', 'is not', null);
  for (const [column, ids] of [
    ['webhook_id', full(ofWebhook, limits.perWebhook)],
    ['organization_id', full(ofOrganization, limits.perOrganization)],
  ] as const) {
    if (ids.length > 0) query = query.where(column, 'not in', ids);
  }
  // Those that are held have their lease in the place of a time, and come last.
  const rows = await query
    .orderBy('due_at')
    .limit(free + held.length + 1)
    .execute();
  const isHeld = (lane: WebhookLane) =>
    held.some(({ webhookId, sourceConnectionId }) => webhookId === lane.webhookId && sourceConnectionId === lane.sourceConnectionId);
  const now = new Date();
  const due: WebhookLane[] = [];
  let nextAt: Date | null = null;
  let hasMore = false;
  for (const lane of rows.map(lanes.toRow)) {
    if (lane.dueAt === null || isHeld(lane)) continue;
    if (lane.dueAt > now) {
      nextAt ??= lane.dueAt;
    } else if (due.length === free) break;
    else if (take(ofWebhook, lane.webhookId, limits.perWebhook) && take(ofOrganization, lane.organizationId, limits.perOrganization)) due.push(lane);
    else hasMore = true;
  }
  return { due, nextAt, hasMore };
}

function countBy(held: readonly WebhookLane[], keyOf: (lane: WebhookLane) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const lane of held) counts.set(keyOf(lane), (counts.get(keyOf(lane)) ?? 0) + 1);
  return counts;
}

function take(counts: Map<string, number>, id: string, limit: number): boolean {
  const count = counts.get(id) ?? 0;
  if (count >= limit) return false;
  counts.set(id, count + 1);
  return true;
}
