import { createHash } from 'node:crypto';
import { spanBefore } from './next-run.ts';
import type { Schedule } from './schedule.ts';

/** The most that a run is held back, ms: long enough to spread what is due at a full hour, short enough that nobody waits for it. */
const mostMs = 30_000;
/** The part of the time between two runs that it may take at most. */
const mostOfSpan = 0.1;

/**
 * When a run starts: its own time and a little more, always the same for a connection, so that not all that is due at a full hour falls upon the
 * sources at once. Never before its time.
 */
export function dueAt(schedule: Schedule, run: Date, connectionId: string): Date {
  // Who follows a source does not go by the clock, so nothing has to be spread.
  if (schedule.type === 'CONTINUOUS') return run;
  const span = spanBefore(schedule, run) ?? Number.POSITIVE_INFINITY;
  return new Date(run.getTime() + Math.floor(fractionOf(connectionId) * Math.min(mostMs, span * mostOfSpan)));
}

/** 0 to 1, evenly spread over ids, always the same for one. */
function fractionOf(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
}
