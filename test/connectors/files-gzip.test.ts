import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { files } from '../../src/connectors/files.ts';
import { connectorContract } from '../support/connector-contract.ts';
import { serveFiles } from '../support/http-files.ts';
import { fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';

const filesRoot = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-gzip-')));
afterAll(() => rmSync(filesRoot, { recursive: true }));

const read = (path: string, content: Buffer, name: string, config = {}) => {
  writeFileSync(join(filesRoot, path), content);
  return readFileStream({ config: { path, ...config }, filesRoot }, fileStream(name));
};

test.each([
  ['a.csv.gz', 'id,v\n1,x\n2,ü\n'],
  ['b.tsv.gz', 'id\tv\n1\tx\n2\tü\n'],
  ['c.ndjson.gz', '{"id":1,"v":"x"}\n{"id":2,"v":"ü"}\n'],
  ['d.json.gz', '[{"id":1,"v":"x"},{"id":2,"v":"ü"}]'],
  ['e.gz', 'id,v\n1,x\n2,ü\n'],
  ['f.csv', 'id,v\n1,x\n2,ü\n'],
])('%s is unpacked and named without its extensions', async (path, content) => {
  const reading = await read(path, gzipSync(content), path.split('.')[0] as string);
  expect(parsed(reading)).toEqual([
    { id: 1, v: 'x' },
    { id: 2, v: 'ü' },
  ]);
});

test('several members that follow each other are one content', async () => {
  const reading = await read('members.csv.gz', Buffer.concat(['id,v\n1,', 'x\n2,y\n', '', '3,z\n'].map((part) => gzipSync(part))), 'members');
  expect(parsed(reading).map(({ id }) => id)).toEqual([1, 2, 3]);
});

describe('what is broken is told in words', () => {
  const rows = Array.from({ length: 50_000 }, (_, id) => `${id},${Math.sqrt(id)}`).join('\n');
  const whole = gzipSync(`id,v\n${rows}\n`);

  test('a file that is cut off, after its sound records', async () => {
    const reading = await read('cut.csv.gz', whole.subarray(0, whole.length - 1000), 'cut');
    expect(reading.json.length).toBeGreaterThan(10_000);
    expect(reading.failure).toMatchObject({ name: 'SourceFailure', type: 'CONFIG', message: expect.stringContaining('cut off') });
    expect(reading.ends).toEqual([]);
  });

  test('a file that is damaged', async () => {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 100_000, 100_050);
    expect((await read('damaged.csv.gz', damaged, 'damaged')).failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('damaged') });
  });

  test.each([Buffer.from('id,v\n1,2\n'), Buffer.alloc(0)])('a file that only has the name', async (content) => {
    expect((await read('plain.csv.gz', content, 'plain')).failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('.gz') });
  });
});

test('a file that swells to 500 megabytes is read without holding it, and can be aborted', async () => {
  const member = gzipSync(`${'x'.repeat(999)},y\n`.repeat(10_000));
  const packed = Buffer.concat([gzipSync('a,b\n'), ...Array.from({ length: 50 }, () => member)]);
  expect(packed.length).toBeLessThan(5_000_000);
  writeFileSync(join(filesRoot, 'bomb.csv.gz'), packed);
  const controller = new AbortController();
  const before = process.memoryUsage().rss;
  let most = 0;
  let records = 0;
  const reading = (async () => {
    for await (const message of files.read(fileContext({ config: { path: 'bomb.csv.gz' }, filesRoot, signal: controller.signal }), [
      fileStream('bomb'),
    ])) {
      if (message.type !== 'RECORDS') continue;
      records += message.records.length;
      most = Math.max(most, process.memoryUsage().rss);
      if (records > 450_000) controller.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
  expect(most - before).toBeLessThan(400 * 1024 * 1024);
}, 60_000);

test('a web server may name, declare or just send gzip, or pack the transfer itself', async () => {
  const body = gzipSync('id\n1\n2\n');
  const server = await serveFiles({
    '/named.csv.gz': { body },
    '/declared': { body, headers: { 'content-type': 'application/gzip' } },
    '/transfer.csv': { body, headers: { 'content-encoding': 'gzip' } },
    '/both.csv.gz': { body, headers: { 'content-encoding': 'gzip' } },
    '/broken.csv.gz': { body: gzipSync('id\n'.repeat(99)), stopAfter: { bytes: 25, how: 'reset' } },
  });
  try {
    const get = (path: string, name: string) => readFileStream({ config: { url: `${server.origin}/${path}` } }, fileStream(name));
    for (const [path, name] of [
      ['named.csv.gz', 'named'],
      ['declared', 'declared'],
      ['transfer.csv', 'transfer'],
      ['both.csv.gz', 'both'],
    ] as const) {
      expect(parsed(await get(path, name)), path).toEqual([{ id: 1 }, { id: 2 }]);
    }
    expect((await get('broken.csv.gz', 'broken')).failure).toMatchObject({ name: 'SourceFailure', type: 'TRANSIENT' });
  } finally {
    await server.close();
  }
});

connectorContract('files, a gzip file', async () => {
  writeFileSync(join(filesRoot, 'contract.ndjson.gz'), gzipSync(Array.from({ length: 25_000 }, (_, id) => `{"id":${id}}\n`).join('')));
  return { connector: files, filesRoot, config: { path: 'contract.ndjson.gz' } };
});
