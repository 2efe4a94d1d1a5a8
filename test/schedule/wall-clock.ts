/** What the clocks on the walls of a zone show, found out minute by minute: slow, plain, and not the code under test. */
export interface WallClock {
  /** Every minute from `from` to `to`, with what the clock shows, as `Date.UTC` of its digits. */
  readonly minutes: readonly { readonly at: number; readonly wall: number }[];
}

const minuteMs = 60_000;

export function wallClock(timezone: string, from: Date, to: Date): WallClock {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  const wallOf = (at: number) => {
    const [day, month, year, hour, minute] = format.format(at).match(/\d+/g)?.map(Number) ?? [];
    return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute);
  };
  const minutes: { at: number; wall: number }[] = [];
  // Clocks change at full quarters of an hour, so that one look each is enough.
  for (let at = from.getTime(); at < to.getTime(); at += 15 * minuteMs) {
    const wall = wallOf(at);
    for (let minute = 0; minute < 15; minute++) minutes.push({ at: at + minute * minuteMs, wall: wall + minute * minuteMs });
  }
  return { minutes };
}

/**
 * When something is due that is wanted at these wall times of every day: the first time that the clock shows them, or right after the gap that
 * swallows them. `hours` = null is every hour: whenever the clock shows the minute.
 */
export function expectedRuns(
  { minutes }: WallClock,
  wanted: { hours: readonly number[] | null; minutes: readonly number[]; weekdays?: readonly number[] },
): number[] {
  const isWanted = (wall: number) => {
    const date = new Date(wall);
    const { hours, weekdays } = wanted;
    return (
      wanted.minutes.includes(date.getUTCMinutes()) &&
      (hours === null || hours.includes(date.getUTCHours())) &&
      (weekdays === undefined || weekdays.includes(date.getUTCDay()))
    );
  };
  const runs = new Set<number>();
  let shown = minutes[0]?.wall ?? 0;
  for (const { at, wall } of minutes) {
    // Fixed times swallowed by a gap come at its end; shown again, they do not.
    if (wanted.hours !== null) {
      for (let missing = shown + minuteMs; missing < wall; missing += minuteMs) if (isWanted(missing)) runs.add(at);
      if (wall <= shown && at !== minutes[0]?.at) continue;
    }
    shown = Math.max(shown, wall);
    if (isWanted(wall)) runs.add(at);
  }
  return [...runs];
}
