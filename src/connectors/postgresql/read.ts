import { to as copyTo } from 'pg-copy-streams';
import type { JsonObject, StreamToRead } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { Message } from '../../connector/messages.ts';
import { type Column, findRelation } from './catalog.ts';
import { createDecoder, emptyBatch, valuesAt } from './decoder.ts';
import { failureOf, isOfOneStream } from './failures.ts';
import { copySql, type Pass, type Plan, planStream } from './plan.ts';
import { begin, openSession, type Session } from './session.ts';
import type { PostgresqlContext } from './settings.ts';
import { fullPosition, fullStateAt, type IncrementalState, incrementalPosition, incrementalStateOf } from './state.ts';

/** Sorting a large table may take long before the first row comes. */
const mostSilenceMs = 30 * 60_000;

/** Reads the streams one after the other, each in a snapshot of its own. */
export async function* readStreams(context: PostgresqlContext, streams: readonly StreamToRead[]): AsyncGenerator<Message> {
  const session = await openSession(context);
  let isDone = false;
  try {
    for (const stream of streams) {
      yield { type: 'STREAM_STATUS', stream, status: 'RUNNING' };
      try {
        // No limit for the statement: it runs as long as the records are being taken.
        await begin(session, 0);
        yield* readStream(context, session, stream);
        await session.client.query('COMMIT');
      } catch (error) {
        context.signal.throwIfAborted();
        if (!isOfOneStream(error)) throw failureOf(error);
        await session.client.query('ROLLBACK').catch((lost: unknown) => Promise.reject(failureOf(lost)));
        yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure: failureOf(error) };
        continue;
      }
      yield { type: 'STREAM_STATUS', stream, status: 'COMPLETE' };
    }
    isDone = true;
  } finally {
    if (isDone) await session.close();
    else session.abandon();
  }
}

async function* readStream(context: PostgresqlContext, session: Session, stream: StreamToRead): AsyncGenerator<Message> {
  const [firstSchema = 'public'] = context.config.schemas;
  const schema = stream.namespace ?? firstSchema;
  const relation = context.config.schemas.includes(schema) ? await findRelation(session.client, schema, stream.name) : undefined;
  if (!relation) throw new SourceFailure('CONFIG', `There is no ${schema}.${stream.name} that the user may read.`);
  const plan = planStream(relation, stream);
  if (plan.missing.length > 0) context.log('WARN', `${schema}.${stream.name} has no column ${plan.missing.join(', ')}; the fields are left out.`);
  const { cursor } = plan;
  yield* cursor ? readIncrementally(context, session, stream, { ...plan, cursor }) : readInFull(context, session, stream, plan);
}

async function* readInFull(context: PostgresqlContext, session: Session, stream: StreamToRead, plan: Plan): AsyncGenerator<Message> {
  const from = fullPosition(stream.state, plan.order);
  if (from === 'DONE') return;
  yield* readPass(context, session, stream, plan, { orderedBy: plan.order, from }, (values) =>
    plan.order.length > 0 ? fullStateAt(plan.order, values) : null,
  );
  yield { type: 'STATE', stream, state: { complete: true } };
}

async function* readIncrementally(
  context: PostgresqlContext,
  session: Session,
  stream: StreamToRead,
  plan: Plan & { cursor: Column },
): AsyncGenerator<Message> {
  let state: IncrementalState = incrementalPosition(stream.state, plan);
  const isNull = `${session.client.escapeIdentifier(plan.cursor.name)} IS NULL`;
  const advance = (values: readonly string[]): JsonObject => {
    state = { ...state, values: [...values] };
    return incrementalStateOf(state);
  };
  if (state.nulls) {
    const from = state.values.length > 0 ? state.values : null;
    state = { ...state, orderedBy: plan.order.map(({ name }) => name) };
    yield* readPass(context, session, stream, plan, { orderedBy: plan.order, from, where: isNull }, (values) =>
      plan.order.length > 0 ? advance(values) : null,
    );
    state = { cursorField: plan.cursor.name, nulls: false, orderedBy: [], values: [] };
    yield { type: 'STATE', stream, state: incrementalStateOf(state) };
  }
  const orderedBy = [plan.cursor, ...plan.order];
  const from = state.values.length > 0 ? state.values : null;
  const resumedAt = state.resumedAt ?? (state.values.length > 1 ? state.values[0] : undefined);
  state = { ...state, orderedBy: orderedBy.map(({ name }) => name), ...(resumedAt === undefined ? {} : { resumedAt }) };
  const pass: Pass = { orderedBy, from, ...(from ? {} : { where: `${session.client.escapeIdentifier(plan.cursor.name)} IS NOT NULL` }) };
  yield* readPass(context, session, stream, plan, pass, advance);
  const reached = resumedAt ?? state.values[0];
  const end = reached === undefined ? { orderedBy: [], values: [] } : { orderedBy: [plan.cursor.name], values: [reached] };
  yield { type: 'STATE', stream, state: { cursorField: plan.cursor.name, nulls: false, ...end } };
}

/** @param stateAt the state after the record whose ordering values these are; `null` when there can be none in the middle of the pass */
async function* readPass(
  { signal }: PostgresqlContext,
  { client, socket }: Session,
  stream: StreamToRead,
  plan: Plan,
  pass: Pass,
  stateAt: (values: readonly string[]) => JsonObject | null,
): AsyncGenerator<Message> {
  const decoder = createDecoder(plan);
  const orderIndices = pass.orderedBy.map((column) => plan.columns.indexOf(column));
  let batch = emptyBatch();
  function* flush(): Generator<Message> {
    const { records, rejected, lastLine } = batch;
    batch = emptyBatch();
    for (let index = 0; index < rejected; index++) yield { type: 'REJECTED', stream, reason: 'A field of the primary key is NULL.' };
    if (records.length > 0) yield { type: 'RECORDS', stream, records };
    const state = records.length + rejected > 0 ? stateAt(valuesAt(lastLine, orderIndices).map((value) => value ?? '')) : null;
    if (state) yield { type: 'STATE', stream, state };
  }
  const copy = client.query(copyTo(copySql(plan, pass)));
  const onSilence = () => socket.destroy(new SourceFailure('TIMEOUT', 'The server sent nothing for half an hour.'));
  let silence = setTimeout(onSilence, mostSilenceMs);
  try {
    for await (const chunk of copy as AsyncIterable<Buffer>) {
      clearTimeout(silence);
      decoder.feed(chunk);
      while (decoder.fill(batch)) {
        yield* flush();
        signal.throwIfAborted();
      }
      silence = setTimeout(onSilence, mostSilenceMs);
    }
    yield* flush();
  } finally {
    clearTimeout(silence);
  }
}
