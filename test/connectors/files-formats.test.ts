import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import { createReader, type KnownFormat } from '../../src/connectors/files/format.ts';
import { itemsOf } from '../../src/connectors/files/items.ts';
import { files } from '../../src/connectors/files.ts';
import { fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-formats-')));
afterAll(() => rmSync(root, { recursive: true }));

let written = 0;

/** Writes a file and reads it. */
async function read(extension: string, content: string | Buffer, changes: Partial<StreamToRead> = {}, format = 'auto') {
  const name = `file${++written}`;
  writeFileSync(join(root, `${name}.${extension}`), content);
  return readFileStream({ config: { path: `${name}.${extension}`, format }, filesRoot: root }, fileStream(name, changes));
}

async function discoverText(extension: string, content: string): Promise<JsonObject> {
  const path = `found${++written}.${extension}`;
  writeFileSync(join(root, path), content);
  const [stream] = await files.discover(fileContext({ config: { path }, filesRoot: root }));
  return stream?.jsonSchema['properties'] as JsonObject;
}

describe('CSV', () => {
  test('quotes, commas, line breaks, a byte order mark and CRLF are understood', async () => {
    const reading = await read('csv', '\ufeffid,text\r\n1,"a ""quoted"" word, and\r\na second line"\r\n\r\n2,\r\n3,""\r\n4,plain');
    expect(parsed(reading)).toEqual([
      { id: 1, text: 'a "quoted" word, and\r\na second line' },
      { id: 2, text: null },
      { id: 3, text: '' },
      { id: 4, text: 'plain' },
    ]);
  });

  test('rows that cannot be read are rejected with their line, and the others arrive', async () => {
    const reading = await read(
      'csv',
      Buffer.concat([Buffer.from('id,text\n1,"two\nlines"\n2\n3,"x"y\n4,caf'), Buffer.from([0xe9]), Buffer.from('\n5,a,b\n6,ok\n7,"open\n')]),
    );
    expect(parsed(reading)).toEqual([
      { id: 1, text: 'two\nlines' },
      { id: 6, text: 'ok' },
    ]);
    expect(reading.rejected).toEqual([
      'line 4: it has 1 cell, the header has 2',
      'line 5: there is text after a closing quote',
      'line 6: the text is not UTF-8',
      'line 7: it has 3 cells, the header has 2',
      'line 9: a quoted cell is not closed',
    ]);
    expect(reading.ends).toEqual(['COMPLETE']);
  });

  test('a replacement character that stands in the file is text like any other', async () => {
    const reading = await read('csv', Buffer.concat([Buffer.from('id,text\n1,\ufffd\n2,'), Buffer.from([0xff]), Buffer.from('\n')]));
    expect(parsed(reading)).toEqual([{ id: 1, text: '\ufffd' }]);
    expect(reading.rejected).toEqual(['line 3: the text is not UTF-8']);
  });

  test('headings that are empty or repeated become unique', async () => {
    const [record] = parsed(await read('csv', 'a,,a,a_2,"",a\n1,2,3,4,5,6\n'));
    expect(record).toEqual({ a: 1, column_2: 2, a_3: 3, a_2: 4, column_5: 5, a_4: 6 });
  });

  test('types come from the first rows, and what does not fit later stays a string', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => `${index},${index}.50,${index % 2 === 0},t${index}`);
    const reading = await read('csv', `i,n,b,s\n${rows.join('\n')}\nmany,.5,maybe,7\n007,1e999,,\n9007199254740993,-.25,TRUE,x\n`);
    const records = parsed(reading);
    expect(records[3]).toEqual({ i: 3, n: 3.5, b: false, s: 't3' });
    expect(records.slice(-3)).toEqual([
      { i: 'many', n: 0.5, b: 'maybe', s: '7' },
      { i: '007', n: '1e999', b: null, s: null },
      { i: '9007199254740993', n: -0.25, b: true, s: 'x' },
    ]);
    expect(reading.rejected).toEqual([]);
  });

  test('nothing is lost of long integers, decimals, leading zeros and signs', async () => {
    const cells = [
      '00123',
      '9007199254740993',
      '12345678901234567.89',
      '+5',
      '5.',
      '.',
      '-',
      '1_000',
      '0x1F',
      ' 7',
      '1,5',
      'NaN',
      'Infinity',
      '0.30000000000000004',
    ];
    for (const cell of cells) {
      const [record] = parsed(await read('csv', `v\n"${cell}"\n`));
      expect(String(record?.['v'])).toBe(cell);
    }
  });

  test('discover shows the types, dates by their format', async () => {
    const properties = await discoverText(
      'csv',
      'i,n,b,s,d,t,none\n1,1,true,00123,2024-02-29,2024-02-29T12:00:00.123456Z,\n2,1.5,false,x,2024-03-01,2024-03-01T00:00:00+05:30,\n',
    );
    expect(properties).toEqual({
      i: { type: ['integer', 'null'] },
      n: { type: ['number', 'null'] },
      b: { type: ['boolean', 'null'] },
      s: { type: ['string', 'null'] },
      d: { type: ['string', 'null'], format: 'date' },
      t: { type: ['string', 'null'], format: 'date-time' },
      none: { type: ['string', 'null'] },
    });
  });

  test('selected fields and the key are taken by the names of columns; an empty key is rejected', async () => {
    const reading = await read('csv', 'a,b,c\n1,x,true\n2,,false\n', { primaryKey: [['b'], ['a']], selectedFields: ['c', 'a'] });
    expect(reading.json).toEqual(['{"a":1,"c":true}']);
    expect(reading.keys).toEqual([['x', '1']]);
    expect(reading.rejected).toEqual(['line 3: field "b" is part of the primary key, but is empty']);
  });

  test.each([
    { primaryKey: [['nope']] },
    { syncMode: 'INCREMENTAL_APPEND' as const, cursorField: ['nope'] },
  ])('a column that does not exist is a mistake of the config: %o', async (changes) => {
    expect((await read('csv', 'a\n1\n', changes)).failure).toMatchObject({ type: 'CONFIG', message: expect.stringContaining('"nope"') });
  });

  test.each([
    ['empty', ''],
    ['in UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')],
  ])('a file that is %s is refused', async (_, content) => {
    expect((await read('csv', content)).failure).toMatchObject({ type: 'CONFIG' });
  });

  test('a quoted cell of many megabytes is read', async () => {
    const text = `${'long text, with commas\n'.repeat(300_000)}end`;
    const reading = await read('csv', `id,text\n1,"${text}"\n2,x\n`);
    expect(parsed(reading).map((record) => (record['text'] as string).length)).toEqual([text.length, 1]);
  });

  test('a row longer than 64 MiB ends the reading', async () => {
    expect((await read('csv', Buffer.concat([Buffer.from('id\n"'), Buffer.alloc(66 * 1024 * 1024, 'a\n')]))).failure).toMatchObject({
      type: 'CONFIG',
      message: expect.stringContaining('64 MiB'),
    });
    expect((await read('ndjson', Buffer.alloc(66 * 1024 * 1024, 'a'))).failure).toMatchObject({
      type: 'CONFIG',
      message: expect.stringContaining('64 MiB'),
    });
  }, 30_000);
});

describe('NDJSON and JSON', () => {
  const odd =
    '{"big":9007199254740993,"neg":-9007199254740993,"decimal":12345678901234567.89,"huge":1e400,"tiny":1e-400,"ok":0.1,"none":null,"in":{"a":[1,{"b":12345678901234567890}]},"text":"ünï 😀 12345678901234567890","nul":"a\\u0000b","lone":"\\ud800","at":"2024-02-29T12:00:00.123456Z","float":0.30000000000000004,"safe":9007199254740991}';
  const kept = {
    big: '9007199254740993',
    neg: '-9007199254740993',
    decimal: '12345678901234567.89',
    huge: '1e400',
    tiny: '1e-400',
    ok: 0.1,
    none: null,
    in: { a: [1, { b: '12345678901234567890' }] },
    text: 'ünï 😀 12345678901234567890',
    nul: 'a\u0000b',
    lone: '\ud800',
    at: '2024-02-29T12:00:00.123456Z',
    float: 0.30000000000000004,
    safe: 9007199254740991,
  };

  test.each([
    ['ndjson', odd],
    ['json', `[${odd}]`],
  ])('values survive in %s', async (extension, content) => {
    expect(parsed(await read(extension, content))).toEqual([kept]);
    expect(parsed(await read(extension, content, { selectedFields: ['big', 'in'] }))).toEqual([{ big: kept.big, in: kept.in }]);
  });

  test('a line that needs no change is passed on as it is', async () => {
    expect((await read('jsonl', ' {"b": 1.50,  "a":"x"} \r\n')).json).toEqual(['{"b": 1.50,  "a":"x"}']);
  });

  test('broken lines are rejected with their number and none of their content', async () => {
    const deep = `{"a":${'['.repeat(300)}${']'.repeat(300)}}`;
    const reading = await read(
      'ndjson',
      Buffer.concat([Buffer.from(`{"a":1}\n\n{"secret":\n[1]\n"secret"\n${deep}\n{"a":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n{"a":2}')]),
    );
    expect(parsed(reading)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(reading.rejected).toEqual([
      'line 3: it is not valid JSON',
      'line 4: it is not a JSON object',
      'line 5: it is not a JSON object',
      'line 6: it is nested deeper than 200 levels',
      'line 7: the text is not UTF-8',
    ]);
  });

  test('an element of an array that is not UTF-8 is rejected alone', async () => {
    const reading = await read(
      'json',
      Buffer.concat([Buffer.from('[{"a":"é"},{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('","b":{"c":"ü"}}, {"a":"\ufffd"}]')]),
    );
    expect(parsed(reading)).toEqual([{ a: 'é' }, { a: '\ufffd' }]);
    expect(reading.rejected).toEqual(['element 2: the text is not UTF-8']);
  });

  test('an array is read element by element, over any number of lines', async () => {
    const content = '\n[ {"a":"]},{\\"[","b":[{"c":1}]},\n{\n  "a": "line"\n},17,"x,]",[{"a":1}],null, {"a":tru} ,{}]\n';
    const reading = await read('json', content);
    expect(parsed(reading)).toEqual([{ a: ']},{"[', b: [{ c: 1 }] }, { a: 'line' }, {}]);
    expect(reading.json.join()).not.toContain('\n');
    expect(reading.rejected).toEqual([3, 4, 5, 6, 7].map((place) => `element ${place}: it is not ${place === 7 ? 'valid JSON' : 'a JSON object'}`));
  });

  test.each([
    '',
    '{"a":1}',
    '[{"a":1}',
    '[{"a":1},]',
    '[{"a":1} {"a":2}]',
    '[{"a":1}]]',
    '[{"a":"',
  ])('what is not an array is refused: %s', async (content) => {
    const reading = await read('json', content);
    expect(reading.failure).toMatchObject({ name: 'SourceFailure', type: 'CONFIG' });
    expect(reading.ends).toEqual([]);
  });

  test('an empty array and an empty NDJSON file have no records', async () => {
    expect([(await read('json', '[ ]')).ends, (await read('ndjson', '')).ends]).toEqual([['COMPLETE'], ['COMPLETE']]);
  });

  test('discover merges the shapes of the first records', async () => {
    expect(await discoverText('ndjson', '{"a":1,"o":{"x":"t"}}\n{"a":2.5,"l":[1,"x"],"o":null}\n')).toEqual({
      a: { type: 'number' },
      o: { type: ['null', 'object'], properties: { x: { type: 'string' } } },
      l: { type: 'array', items: { type: ['integer', 'string'] } },
    });
  });
});

test.each<[KnownFormat, string]>([
  ['csv', '\ufeffa,b\r\n1,"x""y\r\nz é 😀"\r\n"","q"\r\n3,ü\r\n\r\nragged\r\n4,"open'],
  ['json', '[{"a":"é\\"}"},{"b":[{"c":"]"}]} , 5,{"d":"😀"}]'],
  ['ndjson', '{"a":"é"}\r\n\r\n{"b":"😀"}\nx'],
])('however the network cuts up a %s file, its records are the same', async (format, content) => {
  const bytes = Buffer.from(content);
  async function* cut(size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const readIn = async (size: number) => {
    const reader = createReader(format);
    const found: unknown[] = [];
    for await (const items of itemsOf(reader, cut(size))) {
      for (const item of items) found.push([item.place, item.broken ?? reader.encode(fileStream('any'), item)]);
    }
    return found;
  };
  const whole = await readIn(bytes.length);
  expect(whole.length).toBeGreaterThan(2);
  for (const size of [1, 2, 3, 5, 7, 11]) expect(await readIn(size)).toEqual(whole);
});
