import { createClient } from 'graphql-ws';
import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  type GraphQLResponse,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  type SelectorData,
  Store,
  type Variables,
} from 'relay-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { asIterable } from './as-iterable.ts';
import { type Artifacts, compileRelay } from './relay-compile.ts';

// biome-ignore lint/suspicious/noExplicitAny: the artifacts are made in the test, so that there are no types of them
type Data = any;

describe('Relay, compiler and runtime', () => {
  let gateway: Gateway;
  let relay: Artifacts;
  let environment: Environment;
  let socket: ReturnType<typeof createClient>;
  let connection: { id: string; collection: { id: string } };
  const requests: string[] = [];

  beforeAll(async () => {
    relay = await compileRelay();
    gateway = await startGateway();
    socket = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const network = Network.create(
      async ({ name, text }, variables) => {
        requests.push(name);
        return (await gateway.execute(text ?? '', variables)) as GraphQLResponse;
      },
      ({ text }, variables) =>
        Observable.create<GraphQLResponse>((sink) =>
          socket.subscribe({ query: text ?? '', variables }, { ...sink, next: (result) => sink.next(result as GraphQLResponse) }),
        ),
    );
    environment = new Environment({ network, store: new Store(new RecordSource()) });
  });
  afterAll(async () => {
    await socket?.dispose();
    await gateway?.cleanUp();
    await relay?.remove();
  });

  const query = async (name: string, variables: Variables = {}): Promise<Data> =>
    fetchQuery<Data>(environment, relay.request(name), variables, { fetchPolicy: 'network-only' }).toPromise();
  const mutate = (name: string, input: object) =>
    new Promise<Data>((resolve, reject) =>
      commitMutation(environment, { mutation: relay.request(name), variables: { input }, onCompleted: resolve, onError: reject }),
    );
  /** What a component that has the fragment would show now. */
  const shown = (name: string, reference: unknown): SelectorData => {
    const selector = getSingularSelector(relay.fragment(name), reference);
    if (selector?.kind !== 'SingularReaderSelector') throw new Error('The reference has no such fragment.');
    return environment.lookup(selector).data as SelectorData;
  };

  it('finds that the schema is one of Relay, and compiles its directives', () => {
    expect(relay.request('headgateRecordsPaginationQuery').params.text).toContain('node(id: $id)');
    expect(relay.fragment('headgateRecords_collection').metadata?.refetch).toMatchObject({ fragmentPathInResult: ['node'] });
  });

  it('lists the sources', async () => {
    const { sources } = await query('headgateSourcesQuery');
    expect(sources.edges.map(({ node }: Data) => node.shortName)).toContain('faker');
  });

  it('is told what is wrong with an input as data', async () => {
    const { createSourceConnection } = await mutate('headgateCreateMutation', { name: 'No', sourceShortName: 'faker' });
    expect(createSourceConnection).toMatchObject({ __typename: 'ValidationError', code: 'VALIDATION_FAILED', issues: [{ path: ['name'] }] });
  });

  it('creates a source connection', async () => {
    const input = { name: 'Fake shop', sourceShortName: 'faker', config: { count: 30, recordsPerSecond: 30 }, syncImmediately: false };
    const { createSourceConnection } = await mutate('headgateCreateMutation', input);
    expect(createSourceConnection).toMatchObject({ __typename: 'CreateSourceConnectionPayload', test: { status: 'PASSED' } });
    connection = createSourceConnection.sourceConnection;
  });

  it('changes its store by a mutation, for whoever shows the object', async () => {
    const { sourceConnection } = await query('headgateConnectionQuery', { id: connection.id });
    const name = 'headgateConnection_sourceConnection';
    expect(shown(name, sourceConnection)).toMatchObject({ name: 'Fake shop' });
    await mutate('headgateRenameMutation', { id: connection.id, name: 'Other name' });
    expect(shown(name, sourceConnection)).toMatchObject({ id: connection.id, name: 'Other name' });
  });

  it('runs it, watches it live over a WebSocket, and has its store follow', { timeout: 60_000 }, async () => {
    const { sourceConnection } = await query('headgateConnectionQuery', { id: connection.id });
    const filter = { sourceConnectionId: connection.id };
    const { syncJobTransitions } = await query('headgateTransitionsQuery', { filter });
    const events = asIterable<Data>((next, fail) => {
      const { dispose } = requestSubscription<Data>(environment, {
        subscription: relay.request('headgateTransitionsSubscription'),
        variables: { filter, after: syncJobTransitions.pageInfo.endCursor },
        onNext: next,
        onError: fail,
      });
      return dispose;
    });
    const { runSourceConnection } = await mutate('headgateRunMutation', { id: connection.id });
    expect(runSourceConnection).toMatchObject({ __typename: 'RunSourceConnectionPayload', syncJob: { status: 'PENDING' } });
    const seen: Data[] = [];
    for (let step = 0; step < 3; step++) seen.push((await events.next()).value.syncJobTransitions);
    await events.return?.();
    expect(seen.map(({ sequence, to }) => [sequence, to])).toEqual([
      [1, 'PENDING'],
      [2, 'RUNNING'],
      [3, 'SUCCEEDED'],
    ]);
    expect(seen[2].syncJob).toEqual({ id: runSourceConnection.syncJob.id, status: 'SUCCEEDED', recordsRead: 35 });
    expect(shown('headgateConnection_sourceConnection', sourceConnection)).toMatchObject({ recordCount: 35, status: 'ACTIVE' });
  });

  it('pages through a connection with its own handler and the query that the compiler made', async () => {
    const { collection } = await query('headgateCollectionQuery', { by: { id: connection.collection.id } });
    const records = (): Data => shown('headgateRecords_collection', collection)['records'];
    expect(records().edges).toHaveLength(10);
    while (records().pageInfo.hasNextPage) {
      await query('headgateRecordsPaginationQuery', { id: connection.collection.id, count: 20, cursor: records().pageInfo.endCursor });
    }
    expect(new Set(records().edges.map(({ node }: Data) => node.id)).size).toBe(35);
    expect(records().edges).toHaveLength(35);
    expect(requests.filter((name) => name === 'headgateRecordsPaginationQuery')).toHaveLength(2);
  });

  it('fetches an object again through node', async () => {
    const request = relay.request('headgateConnectionRefetchQuery');
    await gateway.query('mutation ($input: UpdateSourceConnectionInput!) { updateSourceConnection(input: $input) { __typename } }', {
      input: { id: connection.id, name: 'Renamed elsewhere' },
    });
    const { node } = await query('headgateConnectionRefetchQuery', { id: connection.id });
    expect(shown('headgateConnection_sourceConnection', node)).toMatchObject({ name: 'Renamed elsewhere' });
    expect(environment.check(createOperationDescriptor(request, { id: connection.id })).status).toBe('available');
  });
});
