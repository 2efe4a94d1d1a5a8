import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { JsonObject, StreamToRead } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { Message } from '../../connector/messages.ts';
import { createTake, mostRecords, positionOf, rowsOf } from './batch.ts';
import { findRelation } from './catalog.ts';
import { failureOf } from './failures.ts';
import { openDatabase, type SqliteContext, whenUnlocked } from './open.ts';
import { identifier, type Pass, type Plan, planStream, queryOf, type Term } from './plan.ts';
import { fullPosition, fullStateAt, type IncrementalState, incrementalPosition, incrementalStateOf, namesOf } from './state.ts';
import { mayBeDamaged, type Row, type SqlValue, type StoredValue, storeValue } from './values.ts';

export async function* readStreams(context: SqliteContext, streams: readonly StreamToRead[]): AsyncGenerator<Message> {
  const database = await openDatabase(context);
  try {
    for (const stream of streams) {
      yield { type: 'STREAM_STATUS', stream, status: 'RUNNING' };
      try {
        yield* readStream(context, database, stream);
      } catch (error) {
        context.signal.throwIfAborted();
        const failure = failureOf(error);
        if (failure.type !== 'CONFIG') throw failure;
        yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure };
        continue;
      }
      yield { type: 'STREAM_STATUS', stream, status: 'COMPLETE' };
    }
  } finally {
    database.close();
  }
}

async function* readStream(context: SqliteContext, database: Database, stream: StreamToRead): AsyncGenerator<Message> {
  const plan = await whenUnlocked(context.signal, () => {
    const relation = stream.namespace === null ? findRelation(database, stream.name) : undefined;
    if (!relation) throw new SourceFailure('CONFIG', `There is no table or view ${stream.name}.`);
    return planStream(relation, stream, schemaVersionOf(database));
  });
  if (plan.missing.length > 0) context.log('WARN', `${stream.name} has no column ${plan.missing.join(', ')}; the fields are left out.`);
  const { cursor } = plan;
  yield* cursor ? readIncrementally(context, database, stream, plan, cursor) : readInFull(context, database, stream, plan);
}

async function* readInFull(context: SqliteContext, database: Database, stream: StreamToRead, plan: Plan): AsyncGenerator<Message> {
  const order = plan.unique;
  const from = fullPosition(stream.state, order);
  if (from === 'DONE') return;
  yield* readPass(context, database, stream, plan, { order, from }, (values) => (order.length > 0 ? fullStateAt(order, values) : null));
  yield { type: 'STATE', stream, state: { complete: true } };
}

async function* readIncrementally(
  context: SqliteContext,
  database: Database,
  stream: StreamToRead,
  plan: Plan,
  cursor: Term & { readonly notNull: boolean },
): AsyncGenerator<Message> {
  let state: IncrementalState = incrementalPosition(stream.state, plan, cursor);
  const advance = (values: readonly StoredValue[]): JsonObject => {
    state = { ...state, values: [...values] };
    return incrementalStateOf(state);
  };
  if (state.nulls) {
    const order = plan.unique;
    const pass: Pass = { order, from: state.values, cursor: 'NULL' };
    state = { ...state, orderedBy: namesOf(order) };
    yield* readPass(context, database, stream, plan, pass, (values) => (order.length > 0 ? advance(values) : null));
    state = { cursorField: cursor.name, nulls: false, orderedBy: [], values: [] };
    yield { type: 'STATE', stream, state: incrementalStateOf(state) };
  }
  const until = state.until ?? (await whenUnlocked(context.signal, () => greatestOf(database, plan, cursor)));
  if (until === null) {
    yield { type: 'STATE', stream, state: incrementalStateOf(state) };
    return;
  }
  const order = [cursor, ...plan.unique];
  const pass: Pass = { order, from: state.values, cursor: { until } };
  state = { ...state, orderedBy: namesOf(order), until };
  yield* readPass(context, database, stream, plan, pass, advance);
  yield { type: 'STATE', stream, state: { cursorField: cursor.name, nulls: false, orderedBy: [cursor.name], values: [until] } };
}

/**
 * Reads in batches that hold no lock between them, so that writers get on. Where SQLite would have to sort anew for each batch, or nothing
 * tells records apart, the pass is one statement.
 * @param stateAt the state after the record with these values; `null` when there can be none in the middle of the pass
 */
async function* readPass(
  { signal }: SqliteContext,
  database: Database,
  stream: StreamToRead,
  plan: Plan,
  pass: Pass,
  stateAt: (values: readonly StoredValue[]) => JsonObject | null,
): AsyncGenerator<Message> {
  const take = createTake(plan);
  const schemaVersion = await whenUnlocked(signal, () => schemaVersionOf(database));
  const isOneStatement = plan.unique.length === 0 || (await whenUnlocked(signal, () => isSorted(database, plan, pass)));
  let current = pass;
  let taken = 0;
  let rows: IterableIterator<Row> | undefined;
  const takeNext = () => {
    try {
      const query = queryOf(plan, current);
      rows ??= rowsOf(database, isOneStatement ? query : { ...query, sql: `${query.sql} LIMIT ${mostRecords}` });
      const batch = take(rows);
      const position = batch.lastRow && positionOf(database, plan, current, batch.lastRow, taken + batch.taken);
      taken += batch.taken;
      return { batch, position };
    } catch (error) {
      rows?.return?.();
      rows = undefined;
      // What was taken already cannot be taken again.
      throw taken === 0 ? error : failureOf(error);
    }
  };
  try {
    for (;;) {
      const { batch, position } = await whenUnlocked(signal, takeNext);
      if (!isOneStatement) {
        rows?.return?.();
        rows = undefined;
        taken = 0;
        if (position) current = { ...pass, from: position };
        if (plan.usesLooseRowids && schemaVersionOf(database) !== schemaVersion)
          throw new SourceFailure('TRANSIENT', 'The tables were changed or packed (VACUUM) while they were read.');
      }
      for (let index = 0; index < batch.rejected; index++) yield { type: 'REJECTED', stream, reason: 'A field of the primary key is NULL.' };
      if (batch.records.length > 0) yield { type: 'RECORDS', stream, records: batch.records };
      const state = position && stateAt(position);
      if (state) yield { type: 'STATE', stream, state };
      if (batch.isLast) return;
      // SQLite knows no waiting: heartbeats and aborts get their turn between two batches.
      await nextTurn();
    }
  } finally {
    rows?.return?.();
  }
}

function schemaVersionOf(database: Database): number {
  return database.pragma('schema_version', { simple: true }) as number;
}

/** Whether SQLite has no index for the order and sorts all records first. */
function isSorted(database: Database, plan: Plan, pass: Pass): boolean {
  const { sql, parameters } = queryOf(plan, pass);
  const steps = database.prepare<SqlValue[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
  return steps.some(({ detail }) => detail === 'USE TEMP B-TREE FOR ORDER BY');
}

/** The greatest cursor there is now, `null` when there is none. */
function greatestOf(database: Database, { relation }: Plan, { sql }: Term): StoredValue | null {
  const query = `SELECT ${sql}, CAST(${sql} AS BLOB) FROM main.${identifier(relation.name)} WHERE ${sql} IS NOT NULL ORDER BY ${sql} DESC LIMIT 1`;
  const row = database.prepare<[], [SqlValue, Buffer]>(query).raw(true).safeIntegers(true).get();
  return row ? storeValue(row[0], mayBeDamaged(row[0]) ? row[1] : undefined) : null;
}
