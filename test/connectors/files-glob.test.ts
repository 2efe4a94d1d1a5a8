import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import type { JsonObject } from '../../src/connector/connector.ts';
import { files } from '../../src/connectors/files.ts';
import { connectorContract, contextFor, streamToRead } from '../support/connector-contract.ts';
import { fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';

const parent = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-glob-')));
afterAll(() => rmSync(parent, { recursive: true }));

let filesRoot = '';
let made = 0;
beforeEach(() => {
  filesRoot = join(parent, `root${++made}`);
  write('orders/2024-01.csv', 'id,v\n1,a\n2,b\n');
  write('orders/2024-02.csv', 'id,v\n3,c\n');
  write('orders/old/2023.ndjson.gz', gzipSync('{"id":"zero","extra":true}\n'));
  write('orders/readme.txt', 'hello\n');
});

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(filesRoot, path)), { recursive: true });
  writeFileSync(join(filesRoot, path), content);
}

const input = (path: string, globStreams = 'per-file') => ({ config: { path, globStreams }, filesRoot });
const discover = (path: string, globStreams?: string) => files.discover(fileContext(input(path, globStreams)));
const names = async (path: string) => (await discover(path)).map(({ name }) => name);

describe('one stream for each file', () => {
  test('is named by its path, in a stable order', async () => {
    expect(await names('orders/*.csv')).toEqual(['orders/2024-01', 'orders/2024-02']);
    expect(await names('**/*.{csv,ndjson.gz}')).toEqual(['orders/2024-01', 'orders/2024-02', 'orders/old/2023']);
    expect(await names(join(filesRoot, 'orders/*-01.csv'))).toEqual(['orders/2024-01']);
  });

  test('keeps its extension where another file is called the same', async () => {
    write('orders/2024-01.json', '[{"id":1}]');
    expect(await names('orders/2024-*')).toEqual(['orders/2024-01.csv', 'orders/2024-01.json', 'orders/2024-02']);
  });

  test('is read by itself; one that is broken does not keep the others', async () => {
    write('orders/2024-03.csv', '');
    const outcomes: string[] = [];
    const streams = ['orders/2024-03', 'orders/2024-02', 'orders/gone'].map((name) => fileStream(name));
    for await (const message of files.read(fileContext(input('orders/*.csv')), streams)) {
      if (message.type === 'STREAM_STATUS' && message.status !== 'RUNNING') outcomes.push(`${message.stream.name} ${message.status}`);
    }
    expect(outcomes).toEqual(['orders/2024-03 INCOMPLETE', 'orders/2024-02 COMPLETE', 'orders/gone INCOMPLETE']);
    expect(await names('orders/*.csv')).toEqual(['orders/2024-01', 'orders/2024-02']);
  });

  test('a file whose name only looks like a glob is that file', async () => {
    write('odd[1].csv', 'id\n1\n');
    write('odd1.csv', 'id\n2\n');
    expect(parsed(await readFileStream(input('odd[1].csv'), fileStream('odd[1]')))).toEqual([{ id: 1 }]);
  });
});

describe('one stream over all files', () => {
  const pattern = 'orders/**/20*.{csv,ndjson.gz}';
  const merged = (state: JsonObject | null = null, changes = {}) =>
    readFileStream(input(pattern, 'merged'), fileStream('orders', { syncMode: 'INCREMENTAL_APPEND', state, ...changes }));

  test('has the fields of all, and says where each record comes from', async () => {
    expect(await discover(pattern, 'merged')).toMatchObject([
      {
        name: 'orders',
        jsonSchema: { properties: { _file: { type: 'string' }, id: { type: ['integer', 'null', 'string'] }, v: {}, extra: { type: 'boolean' } } },
      },
    ]);
    expect(parsed(await merged())).toEqual([
      { _file: 'orders/2024-01.csv', id: 1, v: 'a' },
      { _file: 'orders/2024-01.csv', id: 2, v: 'b' },
      { _file: 'orders/2024-02.csv', id: 3, v: 'c' },
      { _file: 'orders/old/2023.ndjson.gz', id: 'zero', extra: true },
    ]);
  });

  test('reads new and changed files only, and passes over those that are gone', async () => {
    const first = await merged();
    expect((await merged(first.states.at(-1) ?? null)).json).toEqual([]);
    write('orders/2024-03.csv', 'id,v\n4,d\n');
    write('orders/2024-02.csv', 'id,v\n3,c\n5,e\n');
    unlinkSync(join(filesRoot, 'orders/2024-01.csv'));
    const second = await merged(first.states.at(-1) ?? null);
    expect(parsed(second).map(({ id }) => id)).toEqual([3, 5, 4]);
    expect(Object.keys(second.states.at(-1)?.['files'] as JsonObject).sort()).toEqual([
      'orders/2024-02.csv',
      'orders/2024-03.csv',
      'orders/old/2023.ndjson.gz',
    ]);
  });

  test('the file may be part of the key, and may be left out of the record', async () => {
    const primaryKey = [['id'], ['_file']];
    const { keys, json } = await merged(null, { primaryKey, selectedFields: ['id'] });
    expect(keys[0]).toEqual(['1', 'orders/2024-01.csv']);
    expect(json[0]).toBe('{"id":1}');
    const chosen = await merged(null, { primaryKey: [['_file']], selectedFields: ['_file'] });
    expect([chosen.keys[0], chosen.json[0]]).toEqual([['orders/2024-01.csv'], '{"_file":"orders/2024-01.csv"}']);
  });

  test('a field of the same name in a file gives way', async () => {
    write('orders/2024-00.ndjson', '{"_file" : "mine", "id":1}\n');
    const reading = await readFileStream(input('orders/*.ndjson', 'merged'), fileStream('orders'));
    expect(parsed(reading)).toEqual([{ _file: 'orders/2024-00.ndjson', id: 1 }]);
  });

  test('a file that cannot be read is named in the failure, and its rejected lines too', async () => {
    write('orders/2024-01.csv', 'id,v\n1\n2,b\n');
    write('orders/2024-02.csv', '');
    const reading = await merged();
    expect(reading.rejected).toEqual(['orders/2024-01.csv, line 2: it has 1 cell, the header has 2']);
    expect(reading.failure).toMatchObject({ type: 'CONFIG', message: expect.stringMatching(/^orders\/2024-02\.csv: /) });
  });
});

describe('which files may match', () => {
  test('none outside the root, whatever way leads there, and none of the gateway itself', async () => {
    mkdirSync(join(parent, 'outside'), { recursive: true });
    writeFileSync(join(parent, 'outside/secret.csv'), 'id\n1\n');
    symlinkSync(join(parent, 'outside/secret.csv'), join(filesRoot, 'orders/link.csv'));
    symlinkSync(join(parent, 'outside'), join(filesRoot, 'way'));
    const warnings: string[] = [];
    const context = { ...fileContext(input('{orders,way}/*.csv')), log: (_: string, message: string) => void warnings.push(message) };
    expect((await files.discover(context)).map(({ name }) => name)).toEqual(['orders/2024-01', 'orders/2024-02']);
    expect(warnings).toEqual([expect.stringContaining('left out')]);
    const own = { ...fileContext(input('orders/*.csv')), ownPaths: [join(filesRoot, 'orders')] };
    await expect(files.discover(own)).rejects.toMatchObject({ type: 'CONFIG' });
    for (const path of ['../*/*.csv', '{..,x}/*.csv', '/etc/*', join(parent, 'outside/*.csv'), 'way/*.csv', 'nothing/*.csv']) {
      await expect(discover(path), path).rejects.toMatchObject({ name: 'SourceFailure', type: 'CONFIG' });
    }
  });

  test('the test of a connection says how many match, and fails when none does', async () => {
    const check = (path: string) => runCheck(files, fileContext(input(path)), (text) => text);
    expect(await check('orders/*.csv')).toMatchObject({
      status: 'PASSED',
      steps: [{ title: 'Find the files', message: '2 files match.' }, { title: 'Open the file' }, { title: 'Read the first records' }],
    });
    expect(await check('orders/*.xml')).toMatchObject({ status: 'FAILED', failureType: 'CONFIG', steps: [{ title: 'Find the files' }] });
  });
});

connectorContract('files, a merged glob', async () => {
  const root = join(parent, 'contract');
  mkdirSync(root);
  for (let file = 0; file < 4; file++) {
    const rows = Array.from({ length: 12_000 }, (_, id) => `${id},v${file}`).join('\n');
    writeFileSync(join(root, `part-${file}.csv`), `id,v\n${rows}\n`);
  }
  const harness = { connector: files, filesRoot: root, config: { path: 'part-*.csv', globStreams: 'merged' } };
  const [stream] = await files.discover(contextFor(harness, harness));
  return { ...harness, alsoRead: () => (stream ? [streamToRead(stream, { primaryKey: [['_file'], ['id']] })] : []) };
});
