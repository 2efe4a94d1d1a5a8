import { z } from 'zod';
import { type ConnectorContext, defineConnector, type StreamToRead, syncModes } from '../connector/connector.ts';
import { encodeRecord } from '../connector/encode.ts';
import { SourceFailure } from '../connector/failures.ts';
import { field } from '../connector/field.ts';
import type { EncodedRecord, Message } from '../connector/messages.ts';
import { createPace } from './faker/pace.ts';
import { type FakeStream, fakeStreams } from './faker/streams.ts';

const configSchema = z.object({
  count: field(z.int().min(0).max(100_000_000).default(1000), {
    title: 'Orders',
    description: 'How many orders to make up; a tenth as many users and a twentieth as many products come along.',
  }),
  seed: field(z.int().default(1), { title: 'Seed', description: 'The same seed makes up the same records.' }),
  recordsPerSecond: field(z.int().min(0).max(1_000_000).default(0), {
    title: 'Records per second',
    description: 'How fast records come, all streams together; 0 is as fast as it goes.',
  }),
  failAfter: field(z.int().min(0).default(0), {
    title: 'Fail after',
    description: 'Breaks off after this many records of each attempt, to see how a failure is handled; 0 is never.',
  }),
});

type Config = z.output<typeof configSchema>;

/** Records between two STATEs, at most; slow streams have one each second. */
const recordsPerState = 1000;

export const faker = defineConnector({
  shortName: 'faker',
  name: 'Fake data',
  description: 'Makes up users, products and orders, always the same ones for the same seed. Needs no server.',
  labels: ['test data'],
  configSchema,
  credentialSchemas: { NONE: z.object({}) },
  supportedSyncModes: syncModes,
  supportsContinuous: true,

  async check({ config }, step) {
    await step('Generate a record', async () => {
      const names = fakeStreams.map((stream) => `${stream.countFor(config.count)} ${stream.name}`);
      for (const stream of fakeStreams) JSON.parse(stream.jsonAt(config.seed, 0));
      return { message: `There are ${names.join(', ')}.` };
    });
  },

  async discover({ config }) {
    return fakeStreams.map((stream) => ({
      name: stream.name,
      namespace: null,
      jsonSchema: { type: 'object', properties: stream.properties, required: Object.keys(stream.properties) },
      supportedSyncModes: syncModes,
      defaultCursorField: ['updated_at'],
      sourceDefinedPrimaryKey: [['id']],
      estimatedRecordCount: stream.countFor(config.count),
    }));
  },

  async *read(context, streams) {
    const budget = { emitted: 0, pace: createPace(context.config.recordsPerSecond, context.signal) };
    for (const stream of streams) {
      const fake = fakeStreams.find(({ name }) => name === stream.name && stream.namespace === null);
      if (fake) yield* readStream(context, fake, stream, budget);
      else yield { type: 'STREAM_STATUS', stream, status: 'INCOMPLETE', failure: new SourceFailure('CONFIG', `There is no stream ${stream.name}.`) };
    }
  },
});

/** What all streams of one read share. */
interface Budget {
  emitted: number;
  readonly pace: ReturnType<typeof createPace>;
}

async function* readStream(
  context: ConnectorContext<Config, unknown>,
  fake: FakeStream,
  stream: StreamToRead,
  budget: Budget,
): AsyncGenerator<Message> {
  const { count, seed, failAfter } = context.config;
  const total = fake.countFor(count);
  let index = typeof stream.state?.['index'] === 'number' ? stream.state['index'] : 0;
  let saved = index;
  let savedAt = performance.now();
  yield { type: 'STREAM_STATUS', stream, status: 'RUNNING' };
  while (index < total) {
    await budget.pace.wait(budget.emitted);
    const left = failAfter === 0 ? Number.POSITIVE_INFINITY : failAfter - budget.emitted;
    if (left <= 0) throw new SourceFailure('TRANSIENT', `The source broke off after ${failAfter} records, as its config asks for.`);
    const end = Math.min(total, index + budget.pace.batchSize, saved + recordsPerState, index + left);
    budget.emitted += end - index;
    yield { type: 'RECORDS', stream, records: generate(fake, stream, seed, index, end) };
    index = end;
    if (index === total || index - saved >= recordsPerState || performance.now() - savedAt >= 1000) {
      yield { type: 'STATE', stream, state: { index } };
      saved = index;
      savedAt = performance.now();
    }
  }
  yield { type: 'STREAM_STATUS', stream, status: 'COMPLETE' };
}

function generate(fake: FakeStream, stream: StreamToRead, seed: number, from: number, to: number): EncodedRecord[] {
  const asItIs = stream.selectedFields === null && stream.primaryKey.length === 1 && stream.primaryKey[0]?.join('.') === 'id';
  const records: EncodedRecord[] = [];
  for (let index = from; index < to; index++) {
    const json = fake.jsonAt(seed, index);
    if (asItIs) {
      records.push({ key: [String(index + 1)], json });
      continue;
    }
    const record = encodeRecord(stream, JSON.parse(json) as Record<string, unknown>);
    // A primary key other than the stream's own: a mistake of the config.
    if ('rejected' in record) throw new SourceFailure('CONFIG', `The stream ${stream.name} cannot be read: ${record.rejected}.`);
    records.push(record);
  }
  return records;
}
