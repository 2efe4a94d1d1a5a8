import { builder } from '../builder.ts';
import type { DiscoveredStream } from '../connector/connector.ts';
import { SyncModeEnum } from '../source/source.graphql.ts';

export const DiscoveredStreamRef = builder.objectRef<DiscoveredStream>('DiscoveredStream').implement({
  description: 'A stream that the source offers.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that the source gives it.' }),
    namespace: t.exposeString('namespace', { nullable: true, description: 'What groups it in the source, for example a schema.' }),
    jsonSchema: t.field({ type: 'JSONObject', description: 'The shape of one record, as JSON Schema.', resolve: ({ jsonSchema }) => jsonSchema }),
    supportedSyncModes: t.field({
      type: [SyncModeEnum],
      description: 'The sync modes that it may have.',
      resolve: ({ supportedSyncModes }) => [...supportedSyncModes],
    }),
    defaultCursorField: t.stringList({
      nullable: true,
      description: 'The path of the field that orders it; null when the source cannot tell.',
      resolve: ({ defaultCursorField }) => defaultCursorField && [...defaultCursorField],
    }),
    sourceDefinedPrimaryKey: t.field({
      type: t.listRef(t.listRef('String')),
      nullable: true,
      description: 'The paths of the fields that identify a record; empty when the source knows none.',
      resolve: ({ sourceDefinedPrimaryKey }) => sourceDefinedPrimaryKey.map((path) => [...path]),
    }),
    estimatedRecordCount: t.expose('estimatedRecordCount', {
      type: 'SafeInt',
      nullable: true,
      description: 'About how many records it has; null when only counting would tell.',
    }),
  }),
});

export const StreamInput = builder.inputType('StreamInput', {
  description: 'A stream to sync. What is left out is decided by what the source says.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name that the source gives it.' }),
    namespace: t.string({ description: 'Needed when two streams have the same name.' }),
    syncMode: t.field({
      type: SyncModeEnum,
      description: 'INCREMENTAL_DEDUPED where primary key and cursor are known, else FULL_REFRESH_OVERWRITE, when left out.',
    }),
    cursorField: t.stringList({ description: 'The path of the field that orders it.' }),
    primaryKey: t.field({
      type: t.listRef(t.listRef('String', { required: true }), { required: true }),
      description: 'The paths of the fields that identify a record.',
    }),
    selectedFields: t.stringList({ description: 'Only these fields; all when left out.' }),
  }),
});

export const StreamRefInput = builder.inputType('StreamRefInput', {
  description: 'A stream by its name.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name that the source gives it.' }),
    namespace: t.string({ description: 'Needed when two streams have the same name.' }),
  }),
});
