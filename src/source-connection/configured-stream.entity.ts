import { defineEntity, p } from '@mikro-orm/core';
import type { JsonObject, SyncMode } from '../connector/connector.ts';
import type { RowOf } from '../db/rows.ts';

export const ConfiguredStreamEntity = defineEntity({
  name: 'ConfiguredStream',
  tableName: 'configured_stream',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    sourceConnectionId: p.string(),
    collectionId: p.string(),
    position: p.integer(),
    name: p.string(),
    namespace: p.string().nullable(),
    syncMode: p.string().$type<SyncMode>(),
    cursorField: p.json<string[] | null>().nullable(),
    primaryKey: p.json<string[][]>(),
    selectedFields: p.json<string[] | null>().nullable(),
    /** False for a stream that was taken out of the set: it stays for the records that it left behind. */
    configured: p.boolean(),
    /** The next job begins at the beginning: the mode, the cursor or the key has changed. */
    stateForgotten: p.boolean(),
    /** Copies of what the record store committed, for reading; the record store is the truth. */
    state: p.json<JsonObject | null>().nullable(),
    recordCount: p.bigint('number'),
  },
});
export type ConfiguredStream = RowOf<typeof ConfiguredStreamEntity>;
