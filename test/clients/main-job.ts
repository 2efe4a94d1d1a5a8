import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BrowseRecordsDocument,
  CreateSourceConnectionDocument,
  ListSourcesDocument,
  ListSyncJobTransitionsDocument,
  RunSourceConnectionDocument,
  WatchSyncJobTransitionsDocument,
} from '../../src/client/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

// biome-ignore lint/suspicious/noExplicitAny: the clients are not told the types of what they ask for
type Data = any;

/** A GraphQL client that somebody else wrote. Operations that are refused as a whole reject. */
export interface ForeignClient {
  query(document: string, variables?: Record<string, unknown>): Promise<Data>;
  mutate(document: string, variables: Record<string, unknown>): Promise<Data>;
  subscribe(document: string, variables: Record<string, unknown>): AsyncIterableIterator<Data>;
  close(): unknown;
}

const refetch = `query ($id: ID!) {
  node(id: $id) { __typename id ... on CollectionRecord { stream data } ... on SourceConnection { name recordCount } }
}`;

/** A page further than a list goes. */
const tooMany = '{ sourceConnections(first: 1000) { nodes { id } } }';

/**
 * The main job, from the catalog to the records, as tests of a client on a gateway of its own.
 * @param codeOf what the client tells of the code of an operation that was refused as a whole
 */
export function driveMainJob<Client extends ForeignClient>(
  open: (gateway: Gateway) => Client,
  codeOf: (error: unknown) => unknown,
): { gateway(): Gateway; client(): Client } {
  let gateway: Gateway;
  let client: Client;
  let connection: { id: string; collection: { id: string } };

  beforeAll(async () => {
    gateway = await startGateway();
    client = open(gateway);
  });
  afterAll(async () => {
    await client?.close();
    await gateway?.cleanUp();
  });

  it('lists the sources', async () => {
    const { sources } = await client.query(ListSourcesDocument.toString());
    expect(sources.nodes.map(({ shortName }: { shortName: string }) => shortName)).toContain('faker');
  });

  it('is told what is wrong with an input as data', async () => {
    const input = { name: 'No', sourceShortName: 'faker', config: { count: -1 } };
    const { createSourceConnection: result } = await client.mutate(CreateSourceConnectionDocument.toString(), { input });
    expect(result).toMatchObject({ __typename: 'ValidationError', code: 'VALIDATION_FAILED' });
    expect(result.issues.map(({ path }: { path: string[] }) => path.join('.')).sort()).toEqual(['config.count', 'name']);
  });

  it('creates a source connection', async () => {
    const input = { name: 'Fake shop', sourceShortName: 'faker', config: { count: 30, recordsPerSecond: 15 }, syncImmediately: false };
    const { createSourceConnection: result } = await client.mutate(CreateSourceConnectionDocument.toString(), { input });
    expect(result).toMatchObject({ __typename: 'CreateSourceConnectionPayload', test: { status: 'PASSED' }, sourceConnection: { recordCount: 0 } });
    connection = result.sourceConnection;
  });

  it('runs it, watches it live, and is refused a second run meanwhile', { timeout: 60_000 }, async () => {
    const filter = { sourceConnectionId: connection.id };
    const { syncJobTransitions } = await client.query(ListSyncJobTransitionsDocument.toString(), { first: 10, filter });
    expect(syncJobTransitions.nodes).toEqual([]);
    const events = client.subscribe(WatchSyncJobTransitionsDocument.toString(), { filter, after: syncJobTransitions.pageInfo.endCursor });
    const first = events.next();

    const { runSourceConnection: started } = await client.mutate(RunSourceConnectionDocument.toString(), { input: { id: connection.id } });
    expect(started).toMatchObject({ __typename: 'RunSourceConnectionPayload', syncJob: { status: 'PENDING' } });
    const { runSourceConnection: refused } = await client.mutate(RunSourceConnectionDocument.toString(), { input: { id: connection.id } });
    expect(refused).toMatchObject({ __typename: 'SyncInProgressError', code: 'SYNC_IN_PROGRESS', syncJob: { id: started.syncJob.id } });

    const seen = [await first, await events.next(), await events.next()].map(({ value }) => value.syncJobTransitions);
    await events.return?.();
    expect(seen.map(({ sequence, to }) => [sequence, to])).toEqual([
      [1, 'PENDING'],
      [2, 'RUNNING'],
      [3, 'SUCCEEDED'],
    ]);
    expect(seen[2]).toMatchObject({ syncJob: { id: started.syncJob.id, recordsRead: 35 }, sourceConnection: { id: connection.id, recordCount: 35 } });
  });

  it('browses the records page by page', async () => {
    const ids: string[] = [];
    let after: string | null = null;
    for (let pages = 1; ; pages++) {
      const { collection } = await client.query(BrowseRecordsDocument.toString(), { by: { id: connection.collection.id }, first: 10, after });
      ids.push(...collection.records.nodes.map(({ id }: { id: string }) => id));
      if (!collection.records.pageInfo.hasNextPage) {
        expect(pages).toBe(4);
        break;
      }
      after = collection.records.pageInfo.endCursor;
    }
    expect(new Set(ids).size).toBe(35);
    const { node } = await client.query(refetch, { id: ids[34] });
    expect(node).toMatchObject({ __typename: 'CollectionRecord', id: ids[34], data: { id: expect.any(Number) } });
  });

  it('fetches an object again by its id', async () => {
    const { node } = await client.query(refetch, { id: connection.id });
    expect(node).toMatchObject({ __typename: 'SourceConnection', name: 'Fake shop', recordCount: 35 });
  });

  it('is told the code of an operation that is refused as a whole', async () => {
    const error = await client.query(tooMany).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('LIMIT_EXCEEDED');
  });

  return { gateway: () => gateway, client: () => client };
}
