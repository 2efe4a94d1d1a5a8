import type { Gateway } from './gateway.ts';

/** What a mutation gave: the payload, or the error with everything that errors of its type have. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at what they selected
export type MutationResult = { readonly __typename: string } & Record<string, any>;

const testFields = 'test { id status message steps { title status message } }';
// Another name than in the payload, where the test may be null: one answer cannot hold both types under one name.
const testErrors = ['InvalidCredentialsError', 'SourceUnavailableError', 'ConnectionTestFailedError'].map(
  (name) => `... on ${name} { failed: ${testFields} }`,
);
const notFound = '... on NotFoundError { id }';
const inProgress = '... on SyncInProgressError { syncJob { id } }';

/** Errors of each mutation that have more to say than code and message. */
const errorFields: Record<string, string> = {
  createSourceConnection: [notFound, ...testErrors].join(' '),
  testSourceConnection: notFound,
  testSource: '',
  runSourceConnection: `${notFound} ${inProgress}`,
  updateSourceConnectionCredentials: [notFound, ...testErrors].join(' '),
  updateSourceConnection: notFound,
  updateSourceConnectionConfig: [notFound, ...testErrors, inProgress].join(' '),
  discoverSourceConnectionStreams: [notFound, ...testErrors].join(' '),
  clearSourceConnectionData: `${notFound} ${inProgress}`,
  deleteSourceConnection: notFound,
  deleteCollection: notFound,
  cancelSyncJob: `${notFound} ... on InvalidTransitionError { from to }`,
  pauseSyncJob: `${notFound} ... on InvalidTransitionError { from to }`,
  resumeSyncJob: `${notFound} ... on InvalidTransitionError { from to }`,
  retrySyncJob: `${notFound} ${inProgress} ... on InvalidTransitionError { from to }`,
  pauseSourceConnection: notFound,
  resumeSourceConnection: notFound,
  cloneSourceConnection: [notFound, ...testErrors].join(' '),
  createCollection: '',
  createApiKey: '',
  revokeApiKey: notFound,
  createWebhook: '',
  updateWebhook: notFound,
  deleteWebhook: notFound,
  replayWebhook: notFound,
};

/** What to select of each payload when a test does not say. */
const connectionFields = 'id version name description status statusReason authMethod config metadata collection { id name readableId }';
const apiKeyFields = 'apiKey { id name prefix role collections { id } createdAt expiresAt lastUsedAt revokedAt }';
const webhookFields = 'webhook { id url events enabled disabledReason createdAt }';
const payloadFields: Record<string, string> = {
  createSourceConnection: `sourceConnection { ${connectionFields} } ${testFields} syncJob { id status trigger }`,
  testSourceConnection: `sourceConnection { ${connectionFields} } ${testFields}`,
  testSource: `${testFields} streams { name namespace supportedSyncModes defaultCursorField sourceDefinedPrimaryKey }`,
  runSourceConnection: `sourceConnection { ${connectionFields} } syncJob { id status }`,
  updateSourceConnectionCredentials: `sourceConnection { ${connectionFields} credential { publicValues secretFields rotatedAt } } ${testFields}`,
  updateSourceConnection: `sourceConnection { ${connectionFields} }`,
  updateSourceConnectionConfig: `sourceConnection { ${connectionFields} credential { publicValues secretFields rotatedAt } } ${testFields}`,
  discoverSourceConnectionStreams: `sourceConnection { ${connectionFields} } streams { name namespace supportedSyncModes sourceDefinedPrimaryKey }`,
  clearSourceConnectionData: `sourceConnection { ${connectionFields} } syncJob { id status mode }`,
  deleteSourceConnection: `deletedId sourceConnection { ${connectionFields} deletedAt } collection { id } syncJob { id status mode }`,
  deleteCollection: 'deletedId',
  cancelSyncJob: 'syncJob { id status }',
  pauseSyncJob: 'syncJob { id status }',
  resumeSyncJob: 'syncJob { id status }',
  retrySyncJob: 'syncJob { id status trigger }',
  pauseSourceConnection: `sourceConnection { ${connectionFields} }`,
  resumeSourceConnection: `sourceConnection { ${connectionFields} }`,
  cloneSourceConnection: `sourceConnection { ${connectionFields} } syncJob { id status }`,
  createCollection: 'collection { id name readableId }',
  createApiKey: `key ${apiKeyFields}`,
  revokeApiKey: apiKeyFields,
  createWebhook: `secret ${webhookFields}`,
  updateWebhook: webhookFields,
  deleteWebhook: 'deletedId',
  replayWebhook: `scheduled ${webhookFields}`,
};

/** The document of a mutation with every error of its union spelled out. */
export function mutationDocument(field: string, selection = payloadFields[field]): string {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  return `mutation ($input: ${name}Input!) {
    result: ${field}(input: $input) {
      __typename
      ... on UserError { code message }
      ... on ValidationError { issues { path message } }
      ${errorFields[field] ?? ''}
      ... on ${name}Payload { ${selection} }
    }
  }`;
}

/** Runs one mutation. @throws when it answers with errors[] */
export async function mutate(gateway: Pick<Gateway, 'query'>, field: string, input: object, selection?: string): Promise<MutationResult> {
  return (await gateway.query(mutationDocument(field, selection), { input })).result as MutationResult;
}

/** The paths of a ValidationError's issues, joined with dots and sorted. @throws when the result is none */
export function issuePaths(result: MutationResult): string[] {
  if (result.__typename !== 'ValidationError') throw new Error(`expected a ValidationError, got ${JSON.stringify(result)}`);
  return (result['issues'] as { path: string[] }[]).map(({ path }) => path.join('.')).sort();
}
