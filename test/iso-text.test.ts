import { expect, test } from 'vitest';
import { isoText } from '../src/lib/iso-text.ts';
import { seeded } from './support/seeded.ts';

test('a date is told as toISOString tells it, whatever its year and on both sides of midnight', () => {
  const random = seeded(7);
  const midnight = Date.UTC(2026, 0, 31);
  const times = [midnight - 1, midnight, midnight + 1, -1, 0, 1, 8.64e15, -8.64e15, Date.UTC(-1, 5, 1), Date.UTC(10_000, 0, 1)];
  for (let round = 0; round < 5_000; round++) times.push((random(2_000_000) - 1_000_000) * 4_320_001 + random(1_000));
  for (const time of times) expect(isoText(new Date(time))).toBe(new Date(time).toISOString());
});

test('an invalid date is refused', () => {
  expect(() => isoText(new Date(Number.NaN))).toThrow(RangeError);
});
