/** How the rows of a table say whose they are. */
export interface OwnedTable {
  /** The column with the organization. */
  readonly organization: string;
  /** The column with the collection; absent for what belongs to an organization as a whole. */
  readonly collection?: { readonly column: string; readonly optional?: true };
  /** What somebody gets who sees only some collections, of a table that knows none. @default 'nothing' */
  readonly restricted?: 'everything' | 'nothing' | 'append';
}

const inOrganization = { organization: 'organization_id' } satisfies OwnedTable;
const inCollection = { ...inOrganization, collection: { column: 'collection_id' } } satisfies OwnedTable;

/**
 * Every table of the control database, and whose its rows are. The filter refuses what is not in this list.
 * 'system' belongs to no organization: only whoever acts for every organization gets to it.
 */
export const tables: ReadonlyMap<string, OwnedTable | 'system'> = new Map<string, OwnedTable | 'system'>([
  ['organization', { organization: 'id', restricted: 'everything' }],
  ['collection', { ...inOrganization, collection: { column: 'id' } }],
  ['credential', inCollection],
  // A test of configuration that was not saved is in no collection.
  ['connection_test', { ...inOrganization, collection: { column: 'collection_id', optional: true } }],
  ['source_connection', inCollection],
  ['source_connection_status_change', inCollection],
  ['configured_stream', inCollection],
  ['sync_job', inCollection],
  ['sync_job_transition', inCollection],
  ['sync_job_log', inCollection],
  ['pruned_log', inCollection],
  // Callers with different collections never have a key in common: what they see is part of its id.
  ['idempotency_key', { ...inOrganization, restricted: 'everything' }],
  ['api_key', inOrganization],
  ['audit_entry', { ...inOrganization, restricted: 'append' }],
  ['webhook', inOrganization],
  ['webhook_delivery', inOrganization],
  ['webhook_lane', inOrganization],
  ['migration', 'system'],
]);
