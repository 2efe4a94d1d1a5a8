import { parse, print } from 'graphql';
import {
  BrowseRecordsDocument,
  CreateFakeShopDocument,
  ListSourcesDocument,
  RunSourceConnectionDocument,
  type TypedDocumentString,
  WatchSyncJobProgressDocument,
  WatchSyncJobTransitionsDocument,
} from './client/generated/graphql.ts';
import type { GraphiqlTab } from './http/options.ts';

/** Stand for ids in the tabs' variables, so that nobody has to copy one from tab to tab. The page puts the ids in when it sends. */
const newest = {
  sourceConnection: 'the newest source connection',
  syncJob: 'the newest sync job',
  collection: 'the newest collection',
} as const;

function tab<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables, ...comment: string[]): GraphiqlTab {
  // Parsed and printed, for codegen indents what it puts together.
  const query = `${comment.map((line) => `# ${line}\n`).join('')}\n${print(parse(document.toString()))}\n`;
  return { query, variables: JSON.stringify(variables, null, 2) };
}

/** The main job, in the order in which somebody who has just started the gateway wants to see it. Comments fit into the editor's width. */
export const graphiqlTabs: readonly GraphiqlTab[] = [
  tab(ListSourcesDocument, {}, '1. What can be connected,', 'and which fields each source wants.'),
  tab(
    CreateFakeShopDocument,
    {},
    '2. Connect the source that needs no server: 2,000 orders',
    'with their users and products, 200 records a second.',
    'It is tested first; a failed test would save nothing.',
  ),
  tab(
    RunSourceConnectionDocument,
    { input: { id: newest.sourceConnection, mode: 'FULL_REFRESH' } },
    '3. Run it, then go on to the next tab: it takes a while.',
    'This page puts the id into the variables when it sends;',
    'you may write any other id there.',
  ),
  tab(
    WatchSyncJobProgressDocument,
    { syncJobIds: [newest.syncJob] },
    '4. Watch it over the WebSocket: counters, streams and',
    'transitions, until the sync job is over.',
  ),
  tab(BrowseRecordsDocument, { by: { id: newest.collection }, first: 10 }, '5. What has arrived.'),
  tab(
    WatchSyncJobTransitionsDocument,
    {},
    'Every transition of every sync job from now on. Leave it',
    'running, and run something from another window.',
  ),
];

/**
 * Runs in the page, before GraphiQL: replaces what stands for an id in an operation that is about to be sent.
 * It reaches the page as text, so it uses nothing from outside itself.
 */
function fillIn(placeholders: typeof newest): void {
  const send = globalThis.fetch;
  const sendMessage = WebSocket.prototype.send;
  const query = '{ sourceConnections(first: 1) { nodes { id collection { id } } } syncJobs(first: 1) { nodes { id } } }';
  const isNeeded = (text: unknown): text is string => typeof text === 'string' && Object.values(placeholders).some((each) => text.includes(each));
  const filled = async (text: string): Promise<string> => {
    const answer = await send('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
    const { data } = (await answer.json()) as {
      data: { sourceConnections: { nodes: { id: string; collection: { id: string } }[] }; syncJobs: { nodes: { id: string }[] } };
    };
    const [connection] = data.sourceConnections.nodes;
    return text
      .replaceAll(placeholders.sourceConnection, connection?.id ?? placeholders.sourceConnection)
      .replaceAll(placeholders.collection, connection?.collection.id ?? placeholders.collection)
      .replaceAll(placeholders.syncJob, data.syncJobs.nodes[0]?.id ?? placeholders.syncJob);
  };
  globalThis.fetch = async (resource, init) =>
    isNeeded(init?.body) ? send(resource, { ...init, body: await filled(init.body) }) : send(resource, init);
  WebSocket.prototype.send = function (message) {
    if (isNeeded(message))
      filled(message).then(
        (text) => sendMessage.call(this, text),
        () => sendMessage.call(this, message),
      );
    else sendMessage.call(this, message);
  };
}

export const graphiqlScript = `(${fillIn.toString()})(${JSON.stringify(newest)});`;
