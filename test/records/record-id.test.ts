import { expect, test } from 'vitest';
import { decodeRecordId, encodeRecordId, type RecordPlace } from '../../src/records/record-id.ts';

const edges = {
  collectionNumber: [1, 2, 12_345, 2 ** 18 - 1, 2 ** 18, 2 ** 30 - 1],
  generation: [1, 1_763_770_000_000, 2 ** 48 - 1],
  row: [1, 2, 2 ** 32, 2 ** 44 - 1],
};
const places: RecordPlace[] = edges.generation.flatMap((generation) =>
  edges.collectionNumber.flatMap((collectionNumber) => edges.row.map((row) => ({ collectionNumber, generation, row }))),
);

test('a record id tells where the record lives', () => {
  for (const place of places) expect(decodeRecordId(encodeRecordId(place))).toEqual(place);
});

test('record ids are TypeIDs of a UUIDv7 and all different', () => {
  const ids = places.map(encodeRecordId);
  expect(new Set(ids).size).toBe(places.length);
  for (const id of ids) expect(id).toMatch(/^rec_[0-7][0-9a-z]{25}$/);
});

test('record ids sort by generation, then collection, then row', () => {
  const ids = places.map(encodeRecordId);
  expect(ids.toSorted()).toEqual(ids);
});

test('what is not a record id is told apart', () => {
  const id = encodeRecordId({ collectionNumber: 3, generation: 1_763_770_000_000, row: 9 });
  const wrong = [
    '',
    'rec_',
    id.slice(0, -1),
    `${id}0`,
    id.toUpperCase(),
    id.replace('rec', 'col'),
    id.slice(4),
    `${id}\n`,
    `${id.slice(0, -1)}u`,
    `rec_8${id.slice(5)}`,
  ];
  const otherVersion = 'rec_01h2xcejqtaan8s2dchbnjbrm0';
  const noPlace = 'rec_00000000000e08000000000000';
  for (const each of [...wrong, otherVersion, noPlace]) expect(decodeRecordId(each), each).toBeUndefined();
});

test('only the version and variant of a UUIDv7 are accepted', () => {
  const id = encodeRecordId({ collectionNumber: 2 ** 30 - 1, generation: 5, row: 2 ** 44 - 1 });
  const accepted = [...'0123456789abcdefghjkmnpqrstvwxyz'].map((char) =>
    [10, 13].map((at) => decodeRecordId(`rec_${id.slice(4, 4 + at)}${char}${id.slice(5 + at)}`)),
  );
  expect(accepted.map(([version]) => version !== undefined).filter(Boolean)).toHaveLength(2);
  expect(accepted.map(([, variant]) => variant !== undefined).filter(Boolean)).toHaveLength(8);
});

test('a place that does not fit is refused', () => {
  const place = { collectionNumber: 1, generation: 1, row: 1 };
  for (const over of [
    { collectionNumber: 2 ** 30 },
    { generation: 2 ** 48 },
    { row: 2 ** 44 },
    { row: 0 },
    { row: 1.5 },
    { generation: Number.NaN },
  ]) {
    expect(() => encodeRecordId({ ...place, ...over })).toThrow(RangeError);
  }
});
