import type { Collection } from '../collection/collection.entity.ts';
import { getCollection } from '../collection/read.ts';
import type { Ctx } from '../context.ts';
import type { Page } from '../paging/keyset.ts';
import { decodeCursor, encodeCursor, type PageArgs, pageSize } from '../paging/page-args.ts';
import { decodeRecordId, encodeRecordId } from '../records/record-id.ts';
import type { RecordFilter, RecordPosition, StoredRecord } from '../records/store.ts';

/** A record with the id that carries its place. */
export interface CollectionRecord extends StoredRecord {
  readonly id: string;
}

const withId = (collection: Collection, record: StoredRecord): CollectionRecord => ({
  ...record,
  id: encodeRecordId({ collectionNumber: collection.number, generation: record.generation, row: record.row }),
});

/** A page of what is visible in a collection, in the order in which it was stored. */
export async function listRecords(ctx: Ctx, collection: Collection, filter: RecordFilter, args: PageArgs): Promise<Page<CollectionRecord>> {
  const { size, backwards } = pageSize(args);
  const binding = JSON.stringify([
    'records',
    collection.number,
    filter.sourceConnectionId ?? null,
    filter.stream?.namespace ?? null,
    filter.stream?.name ?? null,
  ]);
  const position = (cursor: string): RecordPosition => {
    const [generation, row] = decodeCursor(cursor, binding, 2) as [number, number];
    return { generation, row };
  };
  const found = await ctx.records.page({
    collection,
    filter,
    limit: size + 1,
    backwards,
    ...(args.after == null ? {} : { after: position(args.after) }),
    ...(args.before == null ? {} : { before: position(args.before) }),
  });
  const more = found.length > size;
  const visible = !more ? found : backwards ? found.slice(1) : found.slice(0, size);
  const edges = visible.map((record) => ({ node: withId(collection, record), cursor: encodeCursor(binding, [record.generation, record.row]) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? args.before != null : more,
      hasPreviousPage: backwards ? more : args.after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** Records by their ids; nothing where there is none, or it is not the caller's. */
export async function loadRecords(ctx: Ctx, ids: readonly string[]): Promise<(CollectionRecord | null)[]> {
  const places = ids.map(decodeRecordId);
  const numbers = [...new Set(places.flatMap((place) => (place ? [place.collectionNumber] : [])))];
  const owned = new Map<number, Collection>();
  for (const number of numbers) {
    const row = await ctx.db.selectFrom('collection').select('id').where('number', '=', number).where('deleted_at', 'is', null).executeTakeFirst();
    if (row) owned.set(number, await getCollection(ctx, { id: row['id'] as string }));
  }
  return Promise.all(
    places.map(async (place) => {
      const collection = place && owned.get(place.collectionNumber);
      const record = collection && (await ctx.records.get(collection, place));
      return record ? withId(collection, record) : null;
    }),
  );
}

/** How many records a filter leaves, from the counts that the checkpoints keep. */
export async function countRecords(ctx: Ctx, collection: Collection, filter: RecordFilter): Promise<number> {
  let query = ctx.db
    .selectFrom('configured_stream')
    .select(({ fn }) => fn.sum('record_count').as('count'))
    .where('collection_id', '=', collection.id);
  if (filter.sourceConnectionId !== undefined) query = query.where('source_connection_id', '=', filter.sourceConnectionId);
  if (filter.stream) {
    query = query.where('name', '=', filter.stream.name);
    if (filter.stream.namespace != null) query = query.where('namespace', '=', filter.stream.namespace);
  }
  return Number((await query.executeTakeFirstOrThrow())['count'] ?? 0);
}
