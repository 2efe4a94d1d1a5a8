import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench, Figure } from './measure.ts';

/** One script for each figure; each runs by itself too: `npm run bench -- page job-start --quick`. */
const benches: Readonly<Record<string, () => Promise<{ run: Bench }>>> = {
  page: () => import('./page.ts'),
  sync: () => import('./sync.ts'),
  'fan-out': () => import('./fan-out.ts'),
  'job-start': () => import('./job-start.ts'),
  'cold-start': () => import('./cold-start.ts'),
  'records-postgresql': () => import('./records-postgresql.ts'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, keys: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !benches[name]);
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}

const results: Record<string, Figure[]> = {};
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const bench = await benches[name]?.();
  const startedAt = performance.now();
  const figures = (await bench?.run(values)) ?? [];
  results[name] = figures;
  console.log(`\n${name} (${Math.round((performance.now() - startedAt) / 1000)} s)`);
  console.table(figures.map(toLine));
}
writeFileSync(
  new URL('./results.json', import.meta.url),
  `${JSON.stringify({ at: new Date().toISOString(), node: process.version, quick: values.quick, keys: values.keys, results }, null, 2)}\n`,
);

function toLine({ what, unit, ours, bare, aim }: Figure) {
  return {
    '': what,
    ours: rounded(ours),
    bare: bare === undefined ? '' : rounded(bare),
    ratio: bare === undefined ? '' : (ours / bare).toFixed(2),
    unit,
    aim: aim ?? '',
  };
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toFixed(1));
}
