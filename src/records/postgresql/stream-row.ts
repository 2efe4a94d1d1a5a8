import type { SyncMode } from '../../connector/connector.ts';
import type { OpenWriter, RecordCounters } from '../store.ts';
import type { Transaction } from './database.ts';

/** A row, and what a transaction makes of it until `saveStreams`. */
export interface StreamRow {
  readonly id: number;
  readonly namespace: string | null;
  readonly name: string;
  /** What readers see. */
  visible: GenerationRow | null;
  /** What replaces it at once when the job has read the stream to its end. A generation no stream points at is garbage. */
  building: GenerationRow | null;
  complete: boolean;
  /** Of the writer's job. */
  counters: RecordCounters;
  /** The same at the last STATE. */
  stateCounters: RecordCounters;
}

export interface GenerationRow {
  /** In names of tables, and in rows of shared ones; unlike `id` unique among all collections. */
  readonly serial: number;
  /** When it was made, ms since 1970; unique within the collection. */
  readonly id: number;
  readonly definition: string;
  /** Which one wrote it last. */
  sync_mode: SyncMode;
  readonly key_parts: number;
  own_table: boolean;
  state: string | null;
  /** Rows beyond it are covered by no STATE. */
  state_row: number;
  /** The greatest row number that was given out. */
  last_row: number;
  record_count: number;
  /** How many of its keys the visible generation has too. */
  matched: number;
}

interface Stored {
  readonly stream: Omit<StreamRow, 'visible' | 'building' | 'stateCounters'> & { readonly state_counters: RecordCounters };
  readonly visible: GenerationRow | null;
  readonly building: GenerationRow | null;
}

type Owner = Pick<OpenWriter, 'collection' | 'sourceConnectionId'>;

/** As JSON, in which the driver has the numbers as numbers. */
export async function loadStreams(tx: Transaction, { collection, sourceConnectionId }: Owner): Promise<StreamRow[]> {
  const rows = await tx.rows<Stored>(
    `select to_json(s) as stream, to_json(v) as visible, to_json(b) as building from ${tx.schema}.stream s
     left join ${tx.schema}.generation v on v.collection_id = s.collection_id and v.id = s.visible
     left join ${tx.schema}.generation b on b.collection_id = s.collection_id and b.id = s.building
     where s.collection_id = $1 and s.source_connection_id = $2 order by s.id`,
    [collection.id, sourceConnectionId],
  );
  return rows.map(({ stream: { id, namespace, name, complete, counters, state_counters }, visible, building }) => {
    return { id, namespace, name, visible, building, complete, counters, stateCounters: state_counters };
  });
}

export async function saveStreams(tx: Transaction, streams: readonly StreamRow[]): Promise<void> {
  if (streams.length === 0) return;
  const rows = streams.map(({ id, visible, building, complete, counters, stateCounters }) => {
    return { id, visible: visible?.id, building: building?.id, complete, counters, state_counters: stateCounters };
  });
  const generations = streams.flatMap(({ visible, building }) => [visible, building]).filter((each) => each !== null);
  await tx.rows(
    `with generations as (
       update ${tx.schema}.generation g set sync_mode = n.sync_mode, own_table = n.own_table, state = n.state, state_row = n.state_row,
         last_row = n.last_row, record_count = n.record_count, matched = n.matched
       from json_populate_recordset(null::${tx.schema}.generation, $2) n where g.serial = n.serial
     )
     update ${tx.schema}.stream s set visible = n.visible, building = n.building, complete = n.complete, counters = n.counters,
       state_counters = n.state_counters
     from json_populate_recordset(null::${tx.schema}.stream, $1) n where s.id = n.id`,
    [JSON.stringify(rows), JSON.stringify(generations)],
  );
}
