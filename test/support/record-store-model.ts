import type { JsonObject } from '../../src/connector/connector.ts';
import type { EncodedRecord } from '../../src/connector/messages.ts';
import type { OpenWriter, StreamBatch, StreamToWrite } from '../../src/records/store.ts';

interface Generation {
  readonly order: number;
  readonly kind: string;
  mode: StreamToWrite['syncMode'];
  rows: EncodedRecord[];
  state: JsonObject | null;
  /** Rows up to the last STATE. */
  covered: number;
}

interface Stream {
  visible: Generation | undefined;
  building: Generation | undefined;
  complete: boolean;
}

/** What a record store must look like from outside, with arrays. */
export class RecordStoreModel {
  readonly #streams = new Map<string, Stream>();
  readonly #jobs = new Map<string, string>();
  #order = 0;

  open(input: OpenWriter): void {
    const isNewJob = this.#jobs.get(input.sourceConnectionId) !== input.jobId;
    this.#jobs.set(input.sourceConnectionId, input.jobId);
    for (const [id, stream] of this.#streams) {
      if (!isNewJob || !id.startsWith(`${input.sourceConnectionId}/`)) continue;
      stream.building = undefined;
      stream.complete = false;
      if (stream.visible?.mode.startsWith('FULL')) stream.visible.state = null;
    }
    for (const wanted of input.streams) this.#openStream(this.#stream(input, wanted), wanted, input.mode);
  }

  #openStream(stream: Stream, wanted: StreamToWrite, mode: OpenWriter['mode']): void {
    if (stream.complete) return;
    const kind = kindOf(wanted);
    if (mode === 'INCREMENTAL' && wanted.syncMode !== 'FULL_REFRESH_OVERWRITE' && (stream.visible?.kind ?? kind) === kind) {
      stream.visible ??= this.#begin(wanted);
      if (stream.visible.mode !== wanted.syncMode && wanted.syncMode.startsWith('FULL')) stream.visible.state = null;
      stream.visible.mode = wanted.syncMode;
      if (kind === 'append') stream.visible.rows.length = stream.visible.covered;
    } else if (stream.building && (stream.building.state || stream.building.rows.length === 0)) {
      if (kind === 'append' || kind === 'overwrite') stream.building.rows.length = stream.building.covered;
    } else stream.building = this.#begin(wanted);
  }

  checkpoint(input: OpenWriter, batches: readonly StreamBatch[]): void {
    for (const batch of batches) {
      const stream = this.#stream(input, batch.stream);
      const target = stream.building ?? stream.visible;
      if (!target) throw new Error('not open');
      for (const record of batch.records) {
        const at = target.kind.startsWith('[') ? target.rows.findIndex((row) => row.key?.join('|') === record.key?.join('|')) : -1;
        if (at === -1) target.rows.push(record);
        else target.rows[at] = record;
      }
      if (batch.state) target.state = batch.state;
      if (batch.state || batch.complete) target.covered = target.rows.length;
      if (!batch.complete) continue;
      if (target.mode.startsWith('FULL')) target.state = null;
      stream.visible = target;
      stream.building = undefined;
      stream.complete = true;
    }
  }

  /** The JSON of what readers see, in order. */
  visible(sourceConnectionId: string): string[] {
    return [...this.#streams]
      .flatMap(([id, { visible }]) => (visible && id.startsWith(`${sourceConnectionId}/`) ? [visible] : []))
      .sort((a, b) => a.order - b.order)
      .flatMap(({ rows }) => rows.map((row) => row.json));
  }

  progress(input: OpenWriter, wanted: StreamToWrite) {
    const { visible, building, complete } = this.#stream(input, wanted);
    return { complete, state: (building ?? visible)?.state ?? null, recordCount: visible?.rows.length ?? 0 };
  }

  #stream(input: OpenWriter, { namespace, name }: StreamToWrite): Stream {
    const id = `${input.sourceConnectionId}/${namespace ?? ''}/${name}`;
    const stream = this.#streams.get(id) ?? { visible: undefined, building: undefined, complete: false };
    this.#streams.set(id, stream);
    return stream;
  }

  #begin({ syncMode, ...stream }: StreamToWrite): Generation {
    this.#order += 1;
    return { order: this.#order, kind: kindOf({ ...stream, syncMode }), mode: syncMode, rows: [], state: null, covered: 0 };
  }
}

function kindOf({ syncMode, primaryKey }: StreamToWrite): string {
  if (syncMode.endsWith('APPEND') || (primaryKey.length === 0 && syncMode === 'INCREMENTAL_DEDUPED')) return 'append';
  return primaryKey.length === 0 ? 'overwrite' : JSON.stringify(primaryKey);
}
