import { fakeStreams } from '../../src/connectors/faker/streams.ts';
import type { AnyRecord } from './sync-jobs.ts';

/** What the faker has under the name of one stream when its config says `count`. */
export function fakeRecords(stream: string, count: number): AnyRecord[] {
  const fake = fakeStreams.find(({ name }) => name === stream);
  if (!fake) throw new Error('no such stream');
  return Array.from({ length: fake.countFor(count) }, (_, index) => JSON.parse(fake.jsonAt(1, index)) as AnyRecord);
}
