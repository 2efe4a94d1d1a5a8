import type { Events } from '../events/events.ts';
import { createLogFeed, type LogFeed } from '../events/log-feed.ts';
import type { LogEntry } from '../events/log-window.ts';
import type { Engine } from './engine.ts';
import { prunedTopic, prunedUpTo } from './pruned-log.ts';
import type { Db, RowReader } from './rows.ts';
import { isWithin, type OwnedRow, type TenantScope } from './scope.ts';

export interface LogTable<Row extends LogEntry & OwnedRow> {
  readonly reader: RowReader<Row>;
  /** Published after every commit that adds rows. */
  readonly topic: string;
  keysOf(row: Row): readonly string[];
}

/** The cursor of the newest row of a log table that `db` sees, though it was pruned since; 0 when there never was one. */
export async function headOf(db: Db, table: string): Promise<number> {
  // Not `max(cursor)`: with a filter SQLite would look at every row.
  const [row, pruned] = await Promise.all([
    db.selectFrom(table).select('cursor').orderBy('cursor', 'desc').limit(1).executeTakeFirst(),
    prunedUpTo(db, table),
  ]);
  return Math.max(Number(row?.['cursor'] ?? 0), pruned);
}

interface Subscriber extends TenantScope {
  readonly forEveryOrganization: { readonly events: Events; readonly db: Db; readonly engine: Engine };
}

/**
 * Makes the one reader of a log table: shared by all subscriptions of a gateway, created when the first one comes. It reads for every
 * organization; each subscription gets what its subscriber may see.
 */
export function logTableFeed<Row extends LogEntry & OwnedRow>({
  reader,
  topic,
  keysOf,
}: LogTable<Row>): (subscriber: Subscriber) => Pick<LogFeed<Row>, 'subscribe'> {
  const feeds = new WeakMap<Events, LogFeed<Row>>();
  const feedOf = ({ events, db, engine }: Subscriber['forEveryOrganization']) => {
    const known = feeds.get(events);
    if (known) return known;
    const feed = createLogFeed<Row>({
      events,
      topic,
      keysOf,
      prunedTopic: prunedTopic(reader.table),
      prunedUpTo: () => prunedUpTo(db, reader.table),
      head: async () => (await engine.horizonOf?.(db, reader.table)) ?? headOf(db, reader.table),
      async read(after, limit) {
        // A statement before that which reads, so that this one sees all that is committed up to there.
        const horizon = await engine.horizonOf?.(db, reader.table);
        let query = db.selectFrom(reader.table).selectAll().where('cursor', '>', after);
        if (horizon !== undefined) query = query.where('cursor', '<=', horizon);
        const rows = await query.orderBy('cursor').limit(limit).execute();
        return rows.map(reader.toRow);
      },
    });
    feeds.set(events, feed);
    return feed;
  };
  return ({ forEveryOrganization, organizationId, collectionIds }) => {
    const feed = feedOf(forEveryOrganization);
    return {
      subscribe: ({ accepts, ...options }) =>
        feed.subscribe({ ...options, accepts: (row) => isWithin({ organizationId, collectionIds }, row) && (accepts?.(row) ?? true) }),
    };
  };
}
