import { join } from 'node:path';
import {
  BrowseRecordsDocument,
  CreateCollectionDocument,
  CreateSourceConnectionDocument,
  TestSourceConnectionDocument,
} from '../src/client/generated/graphql.ts';
import { type Client, createDemoClient, payloadOf } from './client.ts';
import { startGateway } from './gateway.ts';
import * as print from './print.ts';
import { runAndWatch } from './sync.ts';

/** Real data that comes with an npm package. */
const filesRoot = join(import.meta.dirname, '../node_modules/vega-datasets/data');
const dataSets = [
  { name: 'Airports of the USA', path: 'airports.csv' },
  { name: 'Flights and their delays', path: 'flights-200k.json' },
];

/** The whole main job: connect, test, run, watch, browse. */
async function mainJob(client: Client): Promise<void> {
  print.heading('Create a collection');
  const { collection } = payloadOf(
    (await client.execute(CreateCollectionDocument, { input: { name: 'Air traffic', readableId: 'air-traffic' } })).createCollection,
  );
  print.say(`${collection.readableId}  ${collection.id}`);

  for (const { name, path } of dataSets) {
    print.heading(`Create the source connection “${name}” on ${path}`);
    const input = { name, sourceShortName: 'files', config: { path }, collection: { id: collection.id }, syncImmediately: false };
    const created = payloadOf((await client.execute(CreateSourceConnectionDocument, { input })).createSourceConnection);
    const { id } = created.sourceConnection;
    print.say(`${id}  ${created.sourceConnection.status}`);

    print.heading('Test it');
    const { test } = payloadOf((await client.execute(TestSourceConnectionDocument, { input: { id } })).testSourceConnection);
    print.test(test);
    if (test.status !== 'PASSED') throw new Error('The test did not pass.');

    print.heading('Run it, and watch over the WebSocket');
    await runAndWatch(client, id);
    await browse(client, collection.id, id);
  }
}

async function browse(client: Client, collectionId: string, sourceConnectionId: string): Promise<void> {
  const variables = { by: { id: collectionId }, first: 3, filter: { sourceConnectionId } };
  const { collection } = await client.execute(BrowseRecordsDocument, variables);
  if (!collection || collection.records.nodes.length === 0) throw new Error('There are no records.');
  print.heading(`The first of its records; the collection has ${collection.recordCount} now`);
  print.records(collection.records.nodes);
}

const startedAt = performance.now();
const gateway = await startGateway(filesRoot);
const client = createDemoClient(gateway.url);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void gateway.stop().finally(() => process.exit(1)));
try {
  print.detail(`A gateway of its own at ${gateway.url}`);
  await mainJob(client);
  print.heading(`Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s. Now try: npm start`);
} catch (error) {
  print.heading(`The demo failed. ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await client.close();
  await gateway.stop();
}
