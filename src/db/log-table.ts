import type { Events } from '../events/events.ts';
import { createLogFeed, type LogFeed } from '../events/log-feed.ts';
import type { LogEntry } from '../events/log-window.ts';
import type { Db, RowReader } from './rows.ts';

export interface LogTable<Row extends LogEntry> {
  readonly reader: RowReader<Row>;
  /** Published after every commit that adds rows. */
  readonly topic: string;
  keysOf(row: Row): readonly string[];
}

/** The cursor of the newest row of a log table, 0 when it has none. */
export async function headOf(db: Db, table: string): Promise<number> {
  const { head } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.max('cursor').as('head'))
    .executeTakeFirstOrThrow();
  return Number(head ?? 0);
}

/** Makes the one reader of a log table: shared by all subscriptions of a gateway, created when the first one comes. */
export function logTableFeed<Row extends LogEntry>({
  reader,
  topic,
  keysOf,
}: LogTable<Row>): (services: { readonly events: Events; readonly db: Db }) => LogFeed<Row> {
  const feeds = new WeakMap<Events, LogFeed<Row>>();
  return ({ events, db }) => {
    const known = feeds.get(events);
    if (known) return known;
    const feed = createLogFeed<Row>({
      events,
      topic,
      keysOf,
      head: () => headOf(db, reader.table),
      async read(after, limit) {
        const rows = await db.selectFrom(reader.table).selectAll().where('cursor', '>', after).orderBy('cursor').limit(limit).execute();
        return rows.map(reader.toRow);
      },
    });
    feeds.set(events, feed);
    return feed;
  };
}
