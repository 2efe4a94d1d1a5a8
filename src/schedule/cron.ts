import { Cron } from 'croner';
import { expandTimeFields } from './cron-fields.ts';

export interface Cronline {
  /** The first run after this time; `null` when there is none any more. */
  next(after: Date): Date | null;
  /** The last run at this time or before it; `null` when there was none. */
  latest(until: Date): Date | null;
}

const mostKept = 50;
const kept = new Map<string, Cronline>();

/**
 * The runs of a cron expression in a time zone. Five fields are as in Vixie cron (Sunday is 0 or 7), six and seven as in Quartz (Sunday is 1).
 *
 * When the clocks change: a run whose time is left out comes right after the gap, a run whose time comes twice comes the first time only.
 * An expression that runs in every hour follows the clock instead: it runs whenever the clock shows its minute, so in every hour that passes.
 * @throws Error with a sentence about the expression
 */
export function cronline(expression: string, timezone: string): Cronline {
  const key = `${timezone} ${expression}`;
  const known = kept.get(key);
  if (known) return known;
  const line = open(expression, timezone);
  // Parsed ones are large, and most connections share a few.
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, line);
  return line;
}

function open(expression: string, timezone: string): Cronline {
  const { pattern, isQuartz } = expandTimeFields(expression);
  // Lists of hours count as fixed times, as in Vixie cron; a wildcard hour does not.
  const cron = new Cron(pattern, { timezone, paused: true, fixedTimeRule: 'no-wildcard', alternativeWeekdays: isQuartz, sloppyRanges: isQuartz });
  return {
    next: (after) => cron.nextRun(after),
    // It counts in whole seconds, and only those before.
    latest: (until) => cron.previousRuns(1, new Date((Math.floor(until.getTime() / 1000) + 1) * 1000))[0] ?? null,
  };
}
