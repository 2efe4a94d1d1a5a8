import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/connector/connector.ts';
import { files } from '../../src/connectors/files.ts';
import { connectorContract, streamToRead } from '../support/connector-contract.ts';
import { fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';
import { vegaFile } from '../support/vega.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-files-')));
const vegaRoot = realpathSync(dirname(vegaFile('airports.csv')));
afterAll(() => rmSync(root, { recursive: true }));

let written = 0;

test.each(['UTC', 'Asia/Kolkata', 'America/New_York'])('a file reads the same in the time zone %s', (zone) => {
  writeFileSync(join(root, 'zones.csv'), 'id,day,at\n1,2024-03-10,2024-03-10T02:30:00.123456\n');
  const script = `
    import { files } from './src/connectors/files.ts';
    const stream = { name: 'zones', namespace: null, syncMode: 'FULL_REFRESH_OVERWRITE', cursorField: null, primaryKey: [['at']], selectedFields: null, state: null };
    const context = { config: { path: 'zones.csv', format: 'auto' }, credentials: {}, filesRoot: ${JSON.stringify(root)}, ownPaths: [], signal: new AbortController().signal };
    for await (const message of files.read(context, [stream])) if (message.type === 'RECORDS') console.log(JSON.stringify(message.records));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, TZ: zone }, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([
    { key: ['2024-03-10T02:30:00.123456'], json: '{"id":1,"day":"2024-03-10","at":"2024-03-10T02:30:00.123456"}' },
  ]);
});

describe('real data', () => {
  const input = (path: string) => ({ config: { path }, filesRoot: vegaRoot });

  test.each([
    'airports.csv',
    'stocks.csv',
    'species.csv',
    'birdstrikes.csv',
    'zipcodes.csv',
    'github.csv',
    'unemployment.tsv',
  ])('%s arrives as an independent parser reads it', async (path) => {
    const name = path.split('.')[0] as string;
    const expected = parse<Record<string, string>>(readFileSync(join(vegaRoot, path)), {
      columns: true,
      bom: true,
      delimiter: path.endsWith('tsv') ? '\t' : ',',
      skip_empty_lines: true,
    });
    const records = parsed(await readFileStream(input(path), fileStream(name)));
    expect(records).toHaveLength(expected.length);
    for (const [index, row] of expected.entries()) {
      for (const [column, cell] of Object.entries(row)) {
        const value = records[index]?.[column];
        const same =
          typeof value === 'number'
            ? value === Number(cell)
            : typeof value === 'boolean'
              ? String(value) === cell.toLowerCase()
              : (value ?? '') === cell;
        if (!same) expect([index, column, value]).toEqual([index, column, cell]);
      }
    }
  });

  test.each(['flights-2k.json', 'movies.json', 'cars.json'])('%s arrives as JSON.parse reads it', async (path) => {
    const records = parsed(await readFileStream(input(path), fileStream(path.split('.')[0] as string)));
    expect(records).toEqual(JSON.parse(readFileSync(join(vegaRoot, path), 'utf8')));
  });
});

describe('which files may be read', () => {
  mkdirSync(join(root, 'inside/deep'), { recursive: true });
  const outside = mkdtempSync(join(tmpdir(), 'headgate-outside-'));
  afterAll(() => rmSync(outside, { recursive: true }));
  writeFileSync(join(outside, 'hidden.csv'), 'a\n1\n');
  writeFileSync(join(root, 'inside/here.csv'), 'a\n1\n');
  symlinkSync(join(outside, 'hidden.csv'), join(root, 'inside/link.csv'));
  symlinkSync(outside, join(root, 'inside/way'));
  symlinkSync('../here.csv', join(root, 'inside/deep/there.csv'));
  execFileSync('mkfifo', [join(root, 'inside/pipe.csv')]);
  const inside = join(root, 'inside');

  test.each(['here.csv', './deep/../here.csv', join(inside, 'here.csv'), 'deep/there.csv'])('%s may', async (path) => {
    expect(await files.discover(fileContext({ config: { path }, filesRoot: inside }))).toHaveLength(1);
  });

  test.each([
    '../inside2.csv',
    join(outside, 'hidden.csv'),
    'link.csv',
    'way/hidden.csv',
    'pipe.csv',
    'deep',
    '.',
    'missing.csv',
    'here.csv/x',
    '/etc/passwd',
    '/dev/zero',
    'nul\u0000.csv',
  ])('%j may not', async (path) => {
    await expect(files.discover(fileContext({ config: { path }, filesRoot: inside }))).rejects.toMatchObject({
      name: 'SourceFailure',
      type: 'CONFIG',
    });
  });

  test('data of the gateway itself may not, whatever way leads there', async () => {
    symlinkSync('deep', join(root, 'inside/data'));
    writeFileSync(join(root, 'inside/ours.db-wal'), 'a\n1\n');
    const ownPaths = [join(inside, 'data'), join(inside, 'ours.db')];
    writeFileSync(join(root, 'inside/deep/ours.csv'), 'a\n1\n');
    for (const path of ['deep/ours.csv', 'data/ours.csv', 'ours.db-wal']) {
      const context = { ...fileContext({ config: { path, format: 'csv' }, filesRoot: inside }), ownPaths };
      await expect(files.discover(context), path).rejects.toMatchObject({ type: 'CONFIG', message: expect.stringContaining('gateway') });
    }
  });

  test('no local file may when no folder is set', async () => {
    await expect(files.discover(fileContext({ config: { path: 'here.csv' } }))).rejects.toMatchObject({ type: 'CONFIG' });
  });
});

describe('resuming and reading again', () => {
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index},v${from + index}`).join('\n');
  const fingerprint = (json: readonly string[]) => createHash('sha256').update(json.join('\n')).digest('hex');

  test('reading goes on from any state while the file stays the same, and begins again when it changed', async () => {
    const path = 'resumed.csv';
    const input = { config: { path }, filesRoot: root };
    writeFileSync(join(root, path), `id,v\n${rows(0, 45_000)}\nragged\n${rows(45_000, 60_000)}\n`);
    const whole = await readFileStream(input, fileStream('resumed'));
    expect(whole.json).toHaveLength(60_000);
    expect(whole.states.length).toBeGreaterThan(3);
    for (let index = 1; index < whole.states.length; index++) {
      const first = await readFileStream({ ...input, stopAfterStates: index }, fileStream('resumed'));
      const rest = await readFileStream(input, fileStream('resumed', { state: first.states.at(-1) ?? null }));
      expect(first.json.length + rest.json.length).toBe(60_000);
      expect(fingerprint([...first.json, ...rest.json])).toBe(fingerprint(whole.json));
      expect([...first.rejected, ...rest.rejected]).toEqual(['line 45002: it has 1 cell, the header has 2']);
    }
    const state = whole.states[1] ?? null;
    writeFileSync(join(root, path), `id,v\n${rows(0, 10)}\n`);
    expect((await readFileStream(input, fileStream('resumed', { state }))).json).toHaveLength(10);
  });

  test('without a cursor field a file is read again only when it changed', async () => {
    const input = { config: { path: 'changed.csv' }, filesRoot: root };
    const stream = (state: JsonObject | null) => fileStream('changed', { syncMode: 'INCREMENTAL_APPEND', state });
    writeFileSync(join(root, 'changed.csv'), 'id,v\n1,a\n');
    const first = await readFileStream(input, stream(null));
    const again = await readFileStream(input, stream(first.states.at(-1) ?? null));
    expect([again.json, again.ends]).toEqual([[], ['COMPLETE']]);
    writeFileSync(join(root, 'changed.csv'), 'id,v\n1,b\n');
    expect(parsed(await readFileStream(input, stream(first.states.at(-1) ?? null)))).toEqual([{ id: 1, v: 'b' }]);
  });

  test.each([
    ['numbers', ['9', '10', '100'], '99', '1000'],
    ['text', ['"2024-01-09"', '"2024-01-10"', '"2024-02-01"'], '"2024-01-31"', '"2024-10-01"'],
    ['integers beyond 2^53', ['7', '9007199254740993', '9007199254740995'], '9007199254740994', '10000000000000000001'],
  ])('with a cursor field of %s only what is not below the greatest is read', async (_, values, below, above) => {
    const name = `cursor${++written}`;
    const input = { config: { path: `${name}.ndjson` }, filesRoot: root };
    const stream = (state: JsonObject | null) =>
      fileStream(name, { syncMode: 'INCREMENTAL_DEDUPED', cursorField: ['c'], primaryKey: [['id']], state });
    const write = (all: readonly string[]) =>
      writeFileSync(join(root, `${name}.ndjson`), all.map((value, id) => `{"id":${id},"c":${value}}`).join('\n'));
    write(values);
    const first = await readFileStream(input, stream(null));
    expect(first.keys).toEqual([['0'], ['1'], ['2']]);
    write([...values, below, above]);
    const second = await readFileStream(input, stream(first.states.at(-1) ?? null));
    expect(second.keys).toEqual([['2'], ['4']]);
  });

  test('a reading that broke off does not move the limit', async () => {
    const input = { config: { path: 'unordered.csv' }, filesRoot: root };
    const stream = (state: JsonObject | null) =>
      fileStream('unordered', { syncMode: 'INCREMENTAL_DEDUPED', cursorField: ['id'], primaryKey: [['id']], state });
    const descending = Array.from({ length: 30_000 }, (_, index) => `${30_000 - index}`).join('\n');
    writeFileSync(join(root, 'unordered.csv'), `id\n${descending}\n`);
    const first = await readFileStream({ ...input, stopAfterStates: 1 }, stream(null));
    writeFileSync(join(root, 'unordered.csv'), `id\n${descending}\n0\n`);
    const second = await readFileStream(input, stream(first.states.at(-1) ?? null));
    expect(second.keys).toHaveLength(30_001);
  });
});

test('the test of a connection says what is wrong with a file', async () => {
  writeFileSync(join(root, 'mixed.ndjson'), '{"a":1}\nnope\n');
  writeFileSync(join(root, 'wrong.ndjson'), 'a,b\n1,2\n');
  const titles: string[] = [];
  const messages: (string | undefined)[] = [];
  const check = (path: string) =>
    files.check(fileContext({ config: { path }, filesRoot: root }), async (title, run) => {
      titles.push(title);
      const result = await run();
      messages.push(result?.message);
      return result;
    });
  await check('mixed.ndjson');
  expect(titles).toEqual(['Open the file', 'Read the first records']);
  expect(messages.at(-1)).toBe('Of the first 2 records 1 will be rejected; line 2: it is not valid JSON.');
  await expect(check('wrong.ndjson')).rejects.toMatchObject({
    type: 'CONFIG',
    message: 'No record can be read as ndjson; line 1: it is not valid JSON.',
  });
});

test('the config names a path or a URL, not both, and no credentials in the URL', () => {
  const accepts = (config: JsonObject) => files.configSchema.strict().safeParse(config).success;
  expect([{ path: 'a.csv' }, { url: 'https://example.com/a.csv' }].map(accepts)).toEqual([true, true]);
  const refused = [
    {},
    { path: 'a.csv', url: 'https://example.com/a.csv' },
    { url: 'https://u:p@example.com/a.csv' },
    { url: 'https://u@example.com/' },
    { url: 'file:///etc/passwd' },
    { url: 'a.csv' },
    { path: 'a', format: 'xlsx' },
  ];
  expect(refused.map(accepts)).toEqual(refused.map(() => false));
});

connectorContract('files, a local CSV file', async () => ({
  connector: files,
  config: { path: 'airports.csv' },
  filesRoot: vegaRoot,
  alsoRead: (found) =>
    found.flatMap((each) => [
      streamToRead(each, { syncMode: 'INCREMENTAL_APPEND' }),
      streamToRead(each, { syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [['iata']], cursorField: ['name'] }),
      streamToRead(each, { primaryKey: [['iata']], selectedFields: ['city', 'iata'] }),
    ]),
}));
