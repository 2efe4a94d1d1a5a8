/** As an application of Relay has them next to its components. The compiler wants every name to begin with that of the file, `headgate`. */
export const documents = [
  `query headgateSourcesQuery {
    sources(first: 50) { edges { node { id shortName name configFields { name type required } } } }
  }`,
  `fragment headgateConnection_sourceConnection on SourceConnection @refetchable(queryName: "headgateConnectionRefetchQuery") {
    id name status recordCount version
  }`,
  `query headgateConnectionQuery($id: ID!) {
    sourceConnection(id: $id) { ...headgateConnection_sourceConnection }
  }`,
  `mutation headgateCreateMutation($input: CreateSourceConnectionInput!) {
    createSourceConnection(input: $input) {
      __typename
      ... on CreateSourceConnectionPayload { sourceConnection { id collection { id } ...headgateConnection_sourceConnection } test { status } }
      ... on ValidationError { issues { path message } }
      ... on InvalidCredentialsError { failedTest: test { status steps { title status message } } }
      ... on SourceUnavailableError { failedTest: test { status steps { title status message } } }
      ... on ConnectionTestFailedError { failedTest: test { status steps { title status message } } }
      ... on UserError { code message }
    }
  }`,
  `mutation headgateRenameMutation($input: UpdateSourceConnectionInput!) {
    updateSourceConnection(input: $input) {
      ... on UpdateSourceConnectionPayload { sourceConnection { ...headgateConnection_sourceConnection } }
      ... on UserError { code message }
    }
  }`,
  `mutation headgateRunMutation($input: RunSourceConnectionInput!) {
    runSourceConnection(input: $input) {
      __typename
      ... on RunSourceConnectionPayload { syncJob { id status recordsRead } }
      ... on SyncInProgressError { syncJob { id } }
      ... on UserError { code message }
    }
  }`,
  `query headgateTransitionsQuery($filter: SyncJobTransitionFilter) {
    syncJobTransitions(first: 100, filter: $filter) { pageInfo { endCursor } edges { node { sequence to } } }
  }`,
  `subscription headgateTransitionsSubscription($filter: SyncJobTransitionFilter, $after: String) {
    syncJobTransitions(filter: $filter, after: $after) {
      sequence to
      syncJob { id status recordsRead }
      sourceConnection { ...headgateConnection_sourceConnection }
    }
  }`,
  `fragment headgateRecords_collection on Collection
    @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
    @refetchable(queryName: "headgateRecordsPaginationQuery") {
    recordCount
    records(first: $count, after: $cursor) @connection(key: "headgateRecords_records") { edges { node { id stream data } } }
  }`,
  `query headgateCollectionQuery($by: CollectionBy!) {
    collection(by: $by) { id ...headgateRecords_collection }
  }`,
];
