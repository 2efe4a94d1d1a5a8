import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type ResultLine, readResults } from '../test/faults/support/results.ts';

/** A fault as it was last measured: its lines of one run of the suite. */
interface Measured {
  /** `2026-11-22` */
  readonly on: string;
  readonly lines: readonly ResultLine[];
}

const document = new URL('../docs/reliability.md', import.meta.url);
const measuredFile = new URL('../docs/reliability.json', import.meta.url);
const [begin, end] = ['<!-- faults: node scripts/reliability-table.ts -->\n', '<!-- /faults -->'];

const measured = (): Record<string, Measured> =>
  existsSync(measuredFile) ? (JSON.parse(readFileSync(measuredFile, 'utf8')) as Record<string, Measured>) : {};

/** Faults that the last run of the suite did not run keep what was measured before. */
function withLastRun(): Record<string, Measured> {
  const all = measured();
  const on = new Date().toISOString().slice(0, 10);
  for (const [fault, lines] of Map.groupBy(readResults(), (line) => keyOf(line))) all[fault] = { on, lines };
  const numberOf = (key: string) => Number(/\d+/.exec(key)?.[0]);
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => numberOf(a) - numberOf(b) || a.localeCompare(b)));
}

/** One number may have several cases. */
const keyOf = ({ fault, what }: ResultLine) => `${fault} ${what}`;

function rowOf({ on, lines }: Measured): string {
  const [first] = lines;
  if (!first) return '';
  const counted = Object.entries(first.figures).map(([what, number]) => `${number.toLocaleString('en-US')} ${what}`);
  const broken = lines.filter(({ violations }) => violations > 0).map(({ promise, violations }) => `${violations} of ${promise}`);
  const runs = first.runs === 0 ? 'not run' : String(first.runs);
  const seen = [...counted, ...(first.note ? [first.note] : [])].join(', ');
  const cells = [
    first.fault,
    first.what,
    lines.map(({ promise }) => promise).join(' '),
    runs,
    broken.join(', ') || (first.runs === 0 ? '' : '0'),
    seen,
  ];
  return `| ${cells.join(' | ')} | ${on}, from seed ${first.seed} |`;
}

function table(): string {
  const head = ['| # | fault | promises | runs | violations | in these runs | measured |', '|---|---|---|---|---|---|---|'];
  return [...head, ...Object.values(measured()).map(rowOf), ''].join('\n');
}

/** docs/reliability.md with the table as it was measured. */
export function freshReliability(): string {
  const text = readFileSync(document, 'utf8');
  return text.slice(0, text.indexOf(begin) + begin.length) + table() + text.slice(text.indexOf(end));
}

if (import.meta.main) {
  writeFileSync(measuredFile, `${JSON.stringify(withLastRun(), null, 2)}\n`);
  writeFileSync(document, freshReliability());
}
