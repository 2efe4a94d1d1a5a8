import type { OpenWriter, StreamToWrite } from '../store.ts';
import { definitionOf, isFullRefresh, keyPartsOf, placeOf, refKey, rewound, zeroCounters } from '../stream-rules.ts';
import { type Right, takeRight } from './claim.ts';
import type { Transaction } from './database.ts';
import { type GenerationRow, loadStreams, type StreamRow, saveStreams } from './stream-row.ts';

/** Takes the right to write: raises the epoch and makes every stream ready for records. */
export async function openStreams(tx: Transaction, input: OpenWriter): Promise<Right> {
  const { right, isNewJob } = await takeRight(tx, input);
  const former = await loadStreams(tx, input);
  const wanted = new Map(input.streams.map((stream) => [refKey(stream), stream]));
  if (isNewJob) for (const row of former) forgetJob(row, wanted.get(refKey(row)));
  const known = new Map(former.map((row) => [refKey(row), row]));
  const missing = input.streams.filter((stream) => !known.has(refKey(stream)));
  for (const row of await insertStreams(tx, input, missing)) known.set(refKey(row), row);

  const beginning: { row: StreamRow; stream: StreamToWrite; as: 'visible' | 'building' }[] = [];
  for (const [key, stream] of wanted) {
    const row = known.get(key) as StreamRow;
    const as = openStream(row, stream, input.mode);
    if (as) beginning.push({ row, stream, as });
  }
  const generations = await beginGenerations(
    tx,
    input,
    Array.from(beginning, ({ stream }) => stream),
  );
  for (const [index, { row, as }] of beginning.entries()) row[as] = generations[index] as GenerationRow;
  await saveStreams(tx, [...known.values()]);
  return right;
}

/** What only the former job needed: its counters, its unfinished generation, and the state of a full refresh. */
function forgetJob(row: StreamRow, stream: StreamToWrite | undefined): void {
  row.building = null;
  row.complete = false;
  row.counters = zeroCounters;
  row.stateCounters = zeroCounters;
  if (row.visible && (isFullRefresh(row.visible.sync_mode) || stream?.stateForgotten)) row.visible.state = null;
}

/** Returns what a new generation is needed for, if one is. */
function openStream(row: StreamRow, stream: StreamToWrite, mode: OpenWriter['mode']): 'visible' | 'building' | undefined {
  if (row.complete) return undefined;
  const place = placeOf(stream, mode, row.visible ?? undefined, row.building ?? undefined);
  if (place === 'NEW_GENERATION') {
    row.counters = zeroCounters;
    row.stateCounters = zeroCounters;
    return 'building';
  }
  row.counters = rewound(row.counters, row.stateCounters, stream);
  if (place === 'GO_ON') return undefined;
  row.building = null;
  if (!row.visible) return 'visible';
  if (row.visible.sync_mode !== stream.syncMode && isFullRefresh(stream.syncMode)) row.visible.state = null;
  row.visible.sync_mode = stream.syncMode;
  return undefined;
}

async function insertStreams(tx: Transaction, input: OpenWriter, streams: readonly StreamToWrite[]): Promise<StreamRow[]> {
  if (streams.length === 0) return [];
  await tx.rows(
    `insert into ${tx.schema}.stream (collection_id, source_connection_id, namespace, name, counters, state_counters)
     select $1, $2, n.namespace, n.name, $4, $4 from json_populate_recordset(null::${tx.schema}.stream, $3) n`,
    [
      input.collection.id,
      input.sourceConnectionId,
      JSON.stringify(streams.map(({ namespace, name }) => ({ namespace, name }))),
      JSON.stringify(zeroCounters),
    ],
  );
  const keys = new Set(streams.map(refKey));
  return (await loadStreams(tx, input)).filter((row) => keys.has(refKey(row)));
}

/** A generation's id is the time it was made, and never comes twice in a collection whatever the clock does. */
async function beginGenerations(tx: Transaction, { collection }: OpenWriter, streams: readonly StreamToWrite[]): Promise<GenerationRow[]> {
  if (streams.length === 0) return [];
  const [row] = await tx.rows<{ last: number }>(
    `insert into ${tx.schema}.collection as c (id, last_generation) values ($1, $2::bigint + $3::bigint - 1)
     on conflict (id) do update set last_generation = greatest(c.last_generation + 1, $2::bigint) + $3::bigint - 1
     returning last_generation::float8 as last`,
    [collection.id, Date.now(), streams.length],
  );
  const first = (row?.last ?? 0) - streams.length + 1;
  const begun = streams.map((stream, index) => {
    return { id: first + index, definition: definitionOf(stream), sync_mode: stream.syncMode, key_parts: keyPartsOf(stream) };
  });
  const rows = await tx.rows<{ generation: GenerationRow }>(
    `insert into ${tx.schema}.generation as g (collection_id, id, definition, sync_mode, key_parts)
     select $1, n.id, n.definition, n.sync_mode, n.key_parts from json_populate_recordset(null::${tx.schema}.generation, $2) n
     returning to_json(g) as generation`,
    [collection.id, JSON.stringify(begun)],
  );
  return rows.map(({ generation }) => generation).toSorted((a, b) => a.id - b.id);
}
