import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { connect, endOf, run } from '../support/sync-jobs.ts';
import { asIterable } from './as-iterable.ts';
import { driveMainJob } from './main-job.ts';
import { possibleTypes } from './possible-types.ts';

interface RecordPage {
  readonly collection: {
    readonly records: { readonly edges: readonly { node: { id: string } }[]; readonly pageInfo: { endCursor: string; hasNextPage: boolean } };
  };
}

const recordPage = gql`query ($id: ID!, $after: String) {
  collection(by: { id: $id }) { id records(first: 10, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }
}`;
const summary = gql`query ($id: ID!) { sourceConnection(id: $id) { id name version } }`;
const rename = gql`mutation ($input: UpdateSourceConnectionInput!) {
  updateSourceConnection(input: $input) {
    ... on UpdateSourceConnectionPayload { sourceConnection { id name version } }
    ... on UserError { code message }
  }
}`;

describe('Apollo Client over HTTP and graphql-ws', () => {
  const { gateway, client } = driveMainJob(
    ({ url }) => {
      const socket = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
      const apollo = new ApolloClient({
        cache: new InMemoryCache({ possibleTypes, typePolicies: { Collection: { fields: { records: relayStylePagination() } } } }),
        link: ApolloLink.split(
          ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
          new GraphQLWsLink(socket),
          new HttpLink({ uri: `${url}/graphql` }),
        ),
      });
      return {
        apollo,
        query: async (document, variables = {}) => (await apollo.query({ query: gql(document), variables, fetchPolicy: 'no-cache' })).data,
        mutate: async (document, variables) => (await apollo.mutate({ mutation: gql(document), variables })).data,
        subscribe: (document, variables) =>
          asIterable((next, fail) => {
            const subscription = apollo
              .subscribe({ query: gql(document), variables })
              .subscribe(({ data, error }) => (error ? fail(error) : next(data)));
            return () => subscription.unsubscribe();
          }),
        close: () => {
          apollo.stop();
          return socket.dispose();
        },
      };
    },
    (error) => (CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.['code'] : error),
  );

  it('keeps one copy of an object, which a mutation changes for whoever shows it', async () => {
    const { id } = await connect(gateway());
    const { apollo } = client();
    const names: unknown[] = [];
    const shown = apollo
      .watchQuery<{ sourceConnection: { name: string } }>({ query: summary, variables: { id } })
      .subscribe(({ data, dataState }) => {
        if (dataState === 'complete') names.push(data.sourceConnection.name);
      });
    await expect.poll(() => names).toEqual(['Fake data']);
    await apollo.mutate({ mutation: rename, variables: { input: { id, name: 'Other name' } } });
    await expect.poll(() => names).toEqual(['Fake data', 'Other name']);
    shown.unsubscribe();
  });

  it('joins the pages of a connection with its own policy for Relay', async () => {
    const { id, collectionId } = await connect(gateway(), { config: { count: 20 } });
    await endOf(gateway(), await run(gateway(), id));
    const { apollo } = client();
    const variables = { id: collectionId };
    const list = apollo.watchQuery<RecordPage>({ query: recordPage, variables });
    const shown = list.subscribe(() => undefined);
    const records = () => apollo.readQuery<RecordPage>({ query: recordPage, variables })?.collection.records;
    await expect.poll(() => records()?.edges.length).toBe(10);
    while (records()?.pageInfo.hasNextPage) await list.fetchMore({ variables: { after: records()?.pageInfo.endCursor } });
    expect(new Set(records()?.edges.map(({ node }) => node.id)).size).toBe(23);
    expect(records()?.edges).toHaveLength(23);
    shown.unsubscribe();
  });
});
