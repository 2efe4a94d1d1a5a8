/** What a frontend's list shows. */
export const pageQuery = `query Page($first: Int!) {
  sourceConnections(first: $first) {
    edges {
      cursor
      node {
        id
        version
        name
        description
        status
        authMethod
        createdAt
        updatedAt
        source { id shortName name }
        latestSyncJob { id status trigger attempt recordsRead recordsInserted createdAt startedAt completedAt durationMs }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

export const pageBody = JSON.stringify({ query: pageQuery, variables: { first: 50 } });
