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
import type { GraphiqlOptions, GraphiqlTab } from './http/options.ts';

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
const graphiqlTabs: readonly GraphiqlTab[] = [
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
  const known = new Headers();
  /** What one tab shows of its caller holds for all tabs. */
  const withKey = (headers?: HeadersInit): Headers => {
    const sent = new Headers(headers);
    // Subscriptions come by GET, which a gateway that wants keys answers only to pages of its own.
    sent.set('x-requested-with', 'GraphiQL');
    for (const name of ['x-api-key', 'authorization', 'x-organization-id']) {
      const value = sent.get(name) || known.get(name);
      if (value) {
        known.set(name, value);
        sent.set(name, value);
      } else sent.delete(name);
    }
    return sent;
  };
  const filled = async (text: string): Promise<string> => {
    const headers = withKey({ 'content-type': 'application/json' });
    const answer = await send('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { data } = (await answer.json()) as {
      data: { sourceConnections: { nodes: { id: string; collection: { id: string } }[] }; syncJobs: { nodes: { id: string }[] } };
    };
    const [connection] = data.sourceConnections.nodes;
    return text
      .replaceAll(placeholders.sourceConnection, connection?.id ?? placeholders.sourceConnection)
      .replaceAll(placeholders.collection, connection?.collection.id ?? placeholders.collection)
      .replaceAll(placeholders.syncJob, data.syncJobs.nodes[0]?.id ?? placeholders.syncJob);
  };
  globalThis.fetch = async (resource, init) => {
    const headers = withKey(init?.headers);
    return isNeeded(init?.body) ? send(resource, { ...init, headers, body: await filled(init.body) }) : send(resource, { ...init, headers });
  };
  WebSocket.prototype.send = function (message) {
    if (isNeeded(message))
      filled(message).then(
        (text) => sendMessage.call(this, text),
        () => sendMessage.call(this, message),
      );
    else sendMessage.call(this, message);
  };
}

const graphiqlScript = `(${fillIn.toString()})(${JSON.stringify(newest)});`;

/** The page where everybody is the local administrator, or where each caller has to show a key: in the editor of headers, once for all tabs. */
export function graphiqlPage(wantsKeys: boolean): GraphiqlOptions {
  const keyHeader = JSON.stringify({ 'X-API-Key': '' }, null, 2);
  const tabs = wantsKeys ? graphiqlTabs.map((each) => ({ ...each, headers: keyHeader })) : graphiqlTabs;
  return { title: 'Headgate', tabs, script: graphiqlScript, subscriptions: wantsKeys ? 'events' : 'websocket' };
}
