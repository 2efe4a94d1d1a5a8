import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { StreamToRead } from '../../src/connector/connector.ts';
import { encodeRecord } from '../../src/connector/encode.ts';

function stream(overrides: Partial<StreamToRead> = {}): StreamToRead {
  return {
    name: 'things',
    namespace: null,
    syncMode: 'FULL_REFRESH_OVERWRITE',
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    state: null,
    ...overrides,
  };
}

function json(data: Record<string, unknown>, overrides: Partial<StreamToRead> = {}): string {
  const record = encodeRecord(stream(overrides), data);
  if ('rejected' in record) throw new Error(record.rejected);
  return record.json;
}

function reason(data: Record<string, unknown>, overrides: Partial<StreamToRead> = {}): string {
  const record = encodeRecord(stream(overrides), data);
  if (!('rejected' in record)) throw new Error('the record was accepted');
  return record.rejected;
}

function nested(levels: number): unknown {
  let value: unknown = 'leaf';
  for (let level = 0; level < levels; level++) value = level % 2 ? { inner: value } : [value];
  return value;
}

describe('values survive', () => {
  test('plain JSON values are printed as they are', () => {
    const data = { text: 'ünï 😀', number: -1.5, none: null, yes: true, list: [1, [2]], object: { a: { b: 'c' } } };
    expect(json(data)).toBe(JSON.stringify(data));
  });

  test('a bigint is a number as long as that loses nothing, then a string', () => {
    expect(json({ a: 12n, b: 9007199254740991n, c: 9007199254740993n, d: -9007199254740993n })).toBe(
      '{"a":12,"b":9007199254740991,"c":"9007199254740993","d":"-9007199254740993"}',
    );
  });

  test('dates become ISO text and bytes base64, however deep they lie', () => {
    const date = new Date(Date.UTC(2024, 1, 29, 23, 59, 59, 7));
    const bytes = new Uint8Array([0, 255, 16, 1]);
    expect(JSON.parse(json({ date, deep: [{ date, bytes: Buffer.from(bytes) }], bytes: bytes.subarray(1, 3) }))).toEqual({
      date: '2024-02-29T23:59:59.007Z',
      deep: [{ date: '2024-02-29T23:59:59.007Z', bytes: 'AP8QAQ==' }],
      bytes: '/xA=',
    });
  });

  test.each(['UTC', 'Asia/Kolkata', 'America/New_York'])('dates print the same in the time zone %s', (zone) => {
    const script = `
      import { encodeRecord } from './src/connector/encode.ts';
      const stream = { name: 's', namespace: null, syncMode: 'FULL_REFRESH_OVERWRITE', cursorField: null, primaryKey: [['at']], selectedFields: null, state: null };
      console.log(JSON.stringify(encodeRecord(stream, { at: new Date(1709251199007) })));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, TZ: zone }, encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ key: ['2024-02-29T23:59:59.007Z'], json: '{"at":"2024-02-29T23:59:59.007Z"}' });
  });

  test('NUL and lone surrogates survive', () => {
    const data = { text: 'a\u0000b', broken: 'x\ud800y', 'key\u0000': '\udfff' };
    expect(JSON.parse(json(data))).toEqual(data);
    expect(JSON.parse(json({ ...data, big: 1n }))).toEqual({ ...data, big: 1 });
    expect(Buffer.from(json(data)).toString()).toBe(json(data));
  });

  test('a field called __proto__ is a field like any other', () => {
    const data = JSON.parse('{"__proto__":{"a":1},"b":2}') as Record<string, unknown>;
    expect(json(data)).toBe('{"__proto__":{"a":1},"b":2}');
    expect(json(data, { selectedFields: ['__proto__'] })).toBe('{"__proto__":{"a":1}}');
  });

  test('undefined is left out, and holds its place as null in a list', () => {
    expect(json({ a: undefined, b: [undefined, 1], c: { d: undefined } })).toBe('{"b":[null,1],"c":{}}');
    expect(json({ a: undefined, b: [undefined, 1n], c: { d: undefined } })).toBe('{"b":[null,1],"c":{}}');
  });

  test('an object that knows its JSON form is printed in it', () => {
    expect(json({ link: new URL('http://example.com/a') })).toBe('{"link":"http://example.com/a"}');
  });

  test('200 levels are accepted', () => {
    const data = { deep: nested(199) };
    expect(json(data)).toBe(JSON.stringify(data));
  });
});

describe('what JSON cannot hold is rejected', () => {
  const cycle: Record<string, unknown> = { name: 'hush' };
  cycle['self'] = cycle;

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', [{ deep: Number.POSITIVE_INFINITY }]],
    ['an invalid date', new Date('hush')],
    ['a function', () => 'hush'],
    ['a symbol', Symbol('hush')],
    ['a Map', new Map([['hush', 1]])],
    ['a cycle', cycle],
    ['201 levels', nested(200)],
    ['100,000 levels', nested(100_000)],
  ])('%s, naming the field and no value', (_, value) => {
    expect(reason({ id: 1, wrong: value })).toMatch(/^field "wrong" /);
    expect(reason({ id: 1, wrong: value })).not.toContain('hush');
  });

  test('a field that is not selected is not looked at', () => {
    expect(json({ id: 1, wrong: Number.NaN }, { selectedFields: ['id'] })).toBe('{"id":1}');
  });
});

describe('primary keys', () => {
  function key(data: Record<string, unknown>, ...primaryKey: string[][]) {
    const record = encodeRecord(stream({ primaryKey }), data);
    return 'rejected' in record ? record.rejected : record.key;
  }

  test('a stream without a primary key has no key', () => {
    expect(key({ id: 1 })).toBeNull();
  });

  test('values are taken as text in the order of the key', () => {
    const data = { b: 7, a: 'x', meta: { id: 9007199254740993n }, at: new Date(0), raw: Buffer.from('hi'), yes: true };
    expect(key(data, ['a'], ['b'], ['meta', 'id'], ['at'], ['raw'], ['yes'])).toEqual([
      'x',
      '7',
      '9007199254740993',
      '1970-01-01T00:00:00.000Z',
      'aGk=',
      'true',
    ]);
  });

  test('an object can be a key', () => {
    expect(key({ id: { oid: 'f00' } }, ['id'])).toEqual(['{"oid":"f00"}']);
  });

  test.each([{}, { id: null }, { id: undefined }])('a missing or null key is rejected', (data) => {
    expect(key(data, ['id'])).toBe('field "id" is part of the primary key, but is missing or null');
  });

  test('what every object inherits is no key', () => {
    expect(key({}, ['constructor'])).toContain('missing or null');
    expect(key({ a: 'text' }, ['a', 'length'])).toContain('field "a.length"');
  });

  test('the key is taken even when it is not selected', () => {
    expect(encodeRecord(stream({ primaryKey: [['id']], selectedFields: ['name'] }), { id: 5, name: 'n' })).toEqual({
      key: ['5'],
      json: '{"name":"n"}',
    });
  });
});
