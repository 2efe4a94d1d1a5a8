import { afterAll, describe, expect, test } from 'vitest';
import { createReader, type TextFormat } from '../../src/connectors/files/format.ts';
import { itemsOf } from '../../src/connectors/files/items.ts';
import { fileFolder, fileStream, parsed } from '../support/read-files.ts';

const folder = fileFolder();
const { read, discoverText } = folder;
afterAll(() => folder.remove());

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

test.each<[TextFormat, string]>([
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
