import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { files } from '../../src/connectors/files.ts';
import { connectorContract } from '../support/connector-contract.ts';
import { serveFiles } from '../support/http-files.ts';
import { type Column, type Element, parquetOf } from '../support/parquet-writer.ts';
import { fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';
import { vegaFile } from '../support/vega.ts';

const flights = realpathSync(vegaFile('flights-3m.parquet'));
const filesRoot = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-parquet-')));
afterAll(() => rmSync(filesRoot, { recursive: true }));

const int32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
const int64 = (...values: bigint[]) => Buffer.from(BigInt64Array.from(values).buffer);
const text = (...values: (string | Buffer)[]) =>
  Buffer.concat(values.flatMap((value) => [int32(Buffer.from(value as string).length), Buffer.from(value as string)]));
const column = (element: Element, data: Buffer, more: Partial<Column> = {}): Column => ({ elements: [element], data, ...more });
const timestamp = (isUtc: boolean, unit: number) =>
  [
    [
      8,
      'struct',
      [
        [1, 'bool', isUtc],
        [2, 'struct', [[unit, 'struct', []]]],
      ],
    ],
  ] as NonNullable<Element['logical']>;

async function read(rows: number, columns: Column[], changes = {}) {
  writeFileSync(join(filesRoot, 'made.parquet'), parquetOf(rows, columns));
  return readFileStream({ config: { path: 'made.parquet' }, filesRoot }, fileStream('made', changes));
}

describe('values', () => {
  test.each<[string, Element, Buffer, string]>([
    ['integers beyond 2^53', { name: 'x', type: 2 }, int64(9007199254740991n, -9007199254740993n), '9007199254740991 "-9007199254740993"'],
    ['unsigned 64 bits', { name: 'x', type: 2, converted: 14 }, int64(1n, -1n), '1 "18446744073709551615"'],
    ['unsigned 32 bits', { name: 'x', type: 1, converted: 13 }, int32(1, -1), '1 4294967295'],
    ['decimals in 32 bits', { name: 'x', type: 1, converted: 5, scale: 2 }, int32(12345, -7), '"123.45" "-0.07"'],
    ['decimals in 64 bits', { name: 'x', type: 2, converted: 5, scale: 4 }, int64(123456789012345678n, -1n), '"12345678901234.5678" "-0.0001"'],
    [
      'decimals in bytes',
      { name: 'x', type: 7, typeLength: 9, converted: 5, scale: 1 },
      Buffer.from('010000000000000000ffffffffffffffffff', 'hex'),
      '"1844674407370955161.6" "-0.1"',
    ],
    ['dates', { name: 'x', type: 1, converted: 6 }, int32(19_723, -1), '"2024-01-01" "1969-12-31"'],
    ['milliseconds', { name: 'x', type: 2, converted: 9 }, int64(1n, -1n), '"1970-01-01T00:00:00.001Z" "1969-12-31T23:59:59.999Z"'],
    [
      'microseconds, local',
      { name: 'x', type: 2, logical: timestamp(false, 2) },
      int64(1_700_000_000_123_456n, -1n),
      '"2023-11-14T22:13:20.123456" "1969-12-31T23:59:59.999999"',
    ],
    [
      'nanoseconds, UTC',
      { name: 'x', type: 2, logical: timestamp(true, 3) },
      int64(1_700_000_000_123_456_789n, 0n),
      '"2023-11-14T22:13:20.123456789Z" "1970-01-01T00:00:00.000000000Z"',
    ],
    ['times', { name: 'x', type: 1, converted: 7 }, int32(1, 86_399_999), '"00:00:00.001" "23:59:59.999"'],
    ['doubles', { name: 'x', type: 5 }, Buffer.from(Float64Array.of(0.1, Number.NaN).buffer), '0.1 "NaN"'],
    ['booleans', { name: 'x', type: 0 }, Buffer.from([0b01]), 'true false'],
    ['text', { name: 'x', type: 6, converted: 0 }, text('ü"\n', ''), '"ü\\"\\n" ""'],
    ['bytes', { name: 'x', type: 6 }, text(Buffer.from([0, 255]), ''), '"AP8=" ""'],
    [
      'UUIDs',
      { name: 'x', type: 7, typeLength: 16, logical: [[14, 'struct', []]] },
      Buffer.from('00112233445566778899aabbccddeeff'.repeat(2), 'hex'),
      '"00112233-4455-6677-8899-aabbccddeeff" "00112233-4455-6677-8899-aabbccddeeff"',
    ],
    ['intervals', { name: 'x', type: 7, typeLength: 12, converted: 21 }, int32(1, 2, 3500, 0, 0, 0), '"P1M2DT3.5S" "P0M0DT0S"'],
    ['JSON', { name: 'x', type: 6, converted: 19 }, text('{"a": 12345678901234567890}', 'no json'), '{"a": "12345678901234567890"} "no json"'],
  ])('%s lose nothing', async (_title, element, data, expected) => {
    const reading = await read(2, [column(element, data)]);
    expect(reading.failure).toBeUndefined();
    expect(reading.json.map((json) => json.slice('{"x":'.length, -1)).join(' ')).toBe(expected);
  });

  test('optional fields, lists and structs are JSON', async () => {
    const list: Column = {
      elements: [
        { name: 'list', repetition: 1, converted: 3, children: 1 },
        { name: 'list', repetition: 2, children: 1 },
        { name: 'element', type: 2, repetition: 1 },
      ],
      data: int64(1n, 2n ** 60n),
      repetitions: [0, 1, 1, 0, 0],
      definitions: [3, 2, 3, 1, 0],
    };
    const pair: Column = {
      elements: [
        { name: 's', repetition: 1, children: 1 },
        { name: 'day', type: 1, converted: 6, repetition: 1 },
      ],
      data: int32(0),
      definitions: [2, 1, 0],
    };
    const reading = await read(3, [column({ name: 'id', type: 1, repetition: 1 }, int32(1, 3), { definitions: [1, 0, 1] }), list, pair]);
    expect(reading.failure).toBeUndefined();
    expect(reading.json).toEqual([
      '{"id":1,"list":[1,null,"1152921504606846976"],"s":{"day":"1970-01-01"}}',
      '{"id":null,"list":[],"s":{"day":null}}',
      '{"id":3,"list":null,"s":null}',
    ]);
  });

  test('what cannot become a record is rejected, with the row and the field', async () => {
    const reading = await read(
      3,
      [
        column({ name: 'id', type: 1, repetition: 1 }, int32(1, 3), { definitions: [1, 0, 1] }),
        column({ name: 't', type: 6, converted: 0 }, text('a', 'b', Buffer.from([0xff]))),
      ],
      { primaryKey: [['id']], selectedFields: ['t'] },
    );
    expect([reading.keys, reading.json]).toEqual([[['1']], ['{"t":"a"}']]);
    expect(reading.rejected).toEqual([expect.stringMatching(/^row 2: .*"id"/), expect.stringMatching(/^row 3: .*"t".*UTF-8/)]);
  });
});

test('the schema and the number of records come from the end of the file', async () => {
  const [stream] = await files.discover(fileContext({ config: { path: 'flights-3m.parquet' }, filesRoot: dirname(flights) }));
  expect(stream).toMatchObject({
    name: 'flights-3m',
    estimatedRecordCount: 3_000_000,
    jsonSchema: { properties: { delay: { type: ['integer', 'string', 'null'] }, origin: { type: ['string', 'null'] } } },
  });
});

test('reading three million records goes on from a state, by the columns that are wanted', async () => {
  const input = { config: { path: 'flights-3m.parquet' }, filesRoot: dirname(flights) };
  const stream = fileStream('flights-3m', { selectedFields: ['distance'] });
  const first = await readFileStream({ ...input, stopAfterStates: 200 }, stream);
  const rest = await readFileStream(input, { ...stream, state: first.states.at(-1) ?? null });
  expect(first.json.length + rest.json.length).toBe(3_000_000);
  expect(first.json[0]).toBe('{"distance":2176}');
}, 60_000);

test.each([
  ['cut off', (file: Buffer) => file.subarray(0, file.length - 100)],
  ['damaged inside', (file: Buffer) => Buffer.concat([file.subarray(0, 4), Buffer.alloc(60_000, 0xff), file.subarray(60_004)])],
  ['no Parquet', () => Buffer.from('hello, world\n'.repeat(100))],
  ['empty', () => Buffer.alloc(0)],
  ['inside gzip', (file: Buffer) => gzipSync(file.subarray(0, 1000))],
])('a file that is %s is told in words', async (title, change) => {
  const path = title === 'inside gzip' ? 'broken.parquet.gz' : 'broken.parquet';
  writeFileSync(join(filesRoot, path), change(readFileSync(flights)));
  const { failure } = await readFileStream({ config: { path }, filesRoot }, fileStream('broken'));
  expect(failure).toMatchObject({ name: 'SourceFailure', type: 'CONFIG', message: expect.stringContaining('Parquet') });
});

describe('on a web server', () => {
  const made = parquetOf(2, [column({ name: 'id', type: 1 }, int32(1, 2))]);

  test('is read by Range requests where the server knows them', async () => {
    const body = readFileSync(flights);
    const ranges: string[] = [];
    const server = createServer((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (from === undefined) return void response.writeHead(200, { 'content-length': body.length }).end(body.subarray(0, 0));
      ranges.push(request.headers.range ?? '');
      const part = body.subarray(Number(from), Number(to) + 1);
      response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${body.length}`, 'content-length': part.length }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/flights.parquet`;
      const reading = await readFileStream({ config: { url }, stopAfterStates: 3 }, fileStream('flights', { selectedFields: ['delay'] }));
      expect(reading.failure).toBeUndefined();
      expect(reading.json.length).toBeGreaterThanOrEqual(30_000);
      expect(ranges.length).toBeLessThan(8);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('is read as a whole where it does not, when it is small', async () => {
    const server = await serveFiles({
      '/made.parquet': { body: made },
      '/guessed': { body: made },
      '/large.parquet': { body: Buffer.alloc(65 * 1024 * 1024) },
    });
    try {
      const get = (path: string, name: string) => readFileStream({ config: { url: `${server.origin}/${path}` } }, fileStream(name));
      expect(parsed(await get('made.parquet', 'made'))).toEqual([{ id: 1 }, { id: 2 }]);
      expect(parsed(await get('guessed', 'guessed'))).toEqual([{ id: 1 }, { id: 2 }]);
      expect((await get('large.parquet', 'large')).failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('Range') });
    } finally {
      await server.close();
    }
  });
});

connectorContract('files, a Parquet file', async () => {
  const ids = int32(...Array.from({ length: 25_000 }, (_, id) => id));
  writeFileSync(
    join(filesRoot, 'contract.parquet'),
    parquetOf(25_000, [column({ name: 'id', type: 1 }, ids), column({ name: 'again', type: 1 }, ids)]),
  );
  return { connector: files, filesRoot, config: { path: 'contract.parquet' } };
});
