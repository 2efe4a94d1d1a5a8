import { expect, it } from 'vitest';
import { createTextCache } from '../src/lib/text-cache.ts';

it('a cache of texts forgets what was not asked for longest, by the length of all texts together', () => {
  const cache = createTextCache<number>(10, 6);
  cache.set('aaaa', 1);
  cache.set('bbbb', 2);
  expect(cache.get('aaaa')).toBe(1);
  cache.set('cc', 3);
  cache.set('d', 4);
  expect(['aaaa', 'bbbb', 'cc', 'd'].map(cache.get)).toEqual([1, undefined, 3, 4]);
  cache.set('d', 5);
  expect(cache.get('d')).toBe(5);
  cache.set('eeeeee', 6);
  expect(['aaaa', 'cc', 'd', 'eeeeee'].map(cache.get)).toEqual([undefined, 3, 5, 6]);
});

it('a cache of texts does not take one that is too long', () => {
  const cache = createTextCache<number>(10, 6);
  cache.set('a', 1);
  cache.set('bbbbbbb', 2);
  expect([cache.get('a'), cache.get('bbbbbbb')]).toEqual([1, undefined]);
});
