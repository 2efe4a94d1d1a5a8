import { afterAll, describe, expect, test } from 'vitest';
import { fileFolder, parsed } from '../support/read-files.ts';

const folder = fileFolder();
const { read, discoverText } = folder;
afterAll(() => folder.remove());

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
