import { type Kysely, sql } from 'kysely';

/**
 * On PostgreSQL transactions do not commit in the order in which they drew their cursors: who tails the log by cursor alone would pass over a row
 * that commits late. A transaction that draws one therefore holds a lock, until it has ended, on the number that was the newest before. Nothing can
 * be committed any more at or below `headgate_log_horizon`: the newest number, or the oldest one so held. Transactions of others do not count, and
 * nobody waits.
 */
// biome-ignore lint/suspicious/noExplicitAny: a migration speaks of tables as they were
export async function makeLogFunctions(db: Kysely<any>): Promise<void> {
  // The upper 16 bits of the lock's number tell logs from each other and from other locks, the lower 48 are the cursor.
  await sql`create function headgate_log_tag(log regclass) returns bigint language sql immutable as $$
    select 16384 + (hashtext(log::text) & 8191)::bigint
  $$`.execute(db);
  await sql`create function headgate_log_cursor(log regclass) returns bigint language plpgsql volatile as $$
    declare held text := 'headgate.holds_' || log::oid;
    begin
      if current_setting(held, true) is distinct from pg_current_xact_id()::text then
        perform pg_advisory_xact_lock_shared((headgate_log_tag(log) << 48) | coalesce(pg_sequence_last_value(log), 0));
        perform set_config(held, pg_current_xact_id()::text, true);
      end if;
      return nextval(log);
    end
  $$`.execute(db);
  await sql`create function headgate_log_horizon(log regclass) returns bigint language plpgsql volatile as $$
    declare
      newest bigint := coalesce(pg_sequence_last_value(log), 0);
      held bigint;
    begin
      -- Only now: who begins after the line above draws a greater number.
      select min(((classid::bigint << 32) | objid::bigint) & 281474976710655) into held from pg_locks
       where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = headgate_log_tag(log)
         and database = (select oid from pg_database where datname = current_database());
      return least(newest, held);
    end
  $$`.execute(db);
}

/** @param table has a column `cursor` with a sequence of its own */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function drawCursorsInOrder(db: Kysely<any>, table: string): Promise<void> {
  await sql`alter table ${sql.table(table)} alter column cursor set default headgate_log_cursor(${sql.lit(`${table}_cursor_seq`)}::regclass)`.execute(
    db,
  );
}
