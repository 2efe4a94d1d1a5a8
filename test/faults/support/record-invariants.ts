import type { Database } from 'better-sqlite3';
import type { Sources } from './invariants.ts';
import { hold } from './violation.ts';

interface StreamRow {
  readonly source_connection_id: string;
  readonly name: string;
  readonly visible: number | null;
  readonly record_count: number | null;
  readonly state: string | null;
  readonly counters: string;
}

interface JobRow {
  readonly id: string;
  readonly status: string;
  readonly mode: string;
  readonly [counter: string]: unknown;
}

const columnOf = { read: 'records_read', inserted: 'records_inserted', updated: 'records_updated', deleted: 'records_deleted' } as const;

/** G4, and that the record store and the control database agree about one collection. @throws Violation */
export function checkRecords(control: Database, records: Database, sources: Sources): void {
  const streams = records
    .prepare(
      `select s.source_connection_id, s.name, s.visible, g.record_count, g.state, s.counters from stream s left join generation g on g.id = s.visible`,
    )
    .all() as StreamRow[];
  for (const stream of streams) checkStream(control, records, stream, sources.get(stream.source_connection_id)?.[stream.name]);
  for (const [connection, source] of sources) {
    const ours = control.prepare('select 1 from source_connection where id = ? and collection_id = ?').get(connection, collectionOf(records));
    if (!ours) continue;
    for (const name of Object.keys(source))
      hold(
        'G4',
        streams.some((each) => each.source_connection_id === connection && each.name === name),
        `${connection} has no stream ${name}`,
      );
  }
  const writers = records.prepare('select source_connection_id, job_id, epoch, sequence from writer').all() as {
    source_connection_id: string;
    job_id: string;
    epoch: number;
  }[];
  for (const { source_connection_id, job_id, epoch } of writers) {
    hold('whole', epoch >= 1, `${source_connection_id} has the epoch ${epoch}`);
    const job = control.prepare('select * from sync_job where id = ?').get(job_id) as JobRow | undefined;
    hold('whole', job !== undefined, `the last writer of ${source_connection_id}, ${job_id}, is no job`);
    if (job.status === 'SUCCEEDED')
      checkCounters(
        job,
        streams.filter((stream) => stream.source_connection_id === source_connection_id),
      );
  }
}

const collectionOf = (records: Database) => /([^/\\]+)\.db$/.exec(records.name)?.[1] ?? '';

function checkStream(control: Database, records: Database, stream: StreamRow, source: readonly object[] | undefined): void {
  const { source_connection_id, name, visible, record_count } = stream;
  const rows = visible === null ? [] : (records.prepare(`select data from record_${visible}`).pluck().all() as string[]);
  const shown = `stream ${name} of ${source_connection_id}`;
  hold('whole', rows.length === (record_count ?? 0), `${shown} says it has ${record_count} records, it has ${rows.length}`);
  const configured = control
    .prepare('select record_count, state, state_forgotten from configured_stream where source_connection_id = ? and name = ?')
    .get(source_connection_id, name) as { record_count: number } | undefined;
  if (source === undefined) return;
  hold('whole', configured?.record_count === rows.length, `${shown} is shown with ${configured?.record_count} records, it has ${rows.length}`);
  const [found, wanted] = [rows.map((row) => canonical(JSON.parse(row))).sort(), source.map(canonical).sort()];
  const differs = wanted.findIndex((record, index) => record !== found[index]);
  hold('G4', found.length === wanted.length, `${shown} has ${found.length} records, its source ${wanted.length}`);
  hold('G4', differs < 0, `${shown} has ${found[differs]} where its source has ${wanted[differs]}`);
}

/** What a job says it did is what its checkpoints say. */
function checkCounters(job: JobRow, streams: readonly StreamRow[]): void {
  for (const [counter, column] of Object.entries(columnOf)) {
    const committed = streams.reduce((sum, { counters }) => sum + ((JSON.parse(counters) as Record<string, number>)[counter] ?? 0), 0);
    hold('whole', job[column] === committed, `${job.id} says ${column} = ${String(job[column])}, its checkpoints say ${committed}`);
  }
}

const canonical = (record: object): string => JSON.stringify(record, Object.keys(record).sort());
