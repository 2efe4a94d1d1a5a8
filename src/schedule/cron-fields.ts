const most = { second: 59, minute: 59, hour: 23 } as const;

/**
 * Writes the time fields of a cron expression out as lists: "0/15" as "0,15,30,45". Whether a run is at a fixed time, and so must not be lost
 * when the clocks change, is then a matter of the hours alone: every hour stays `*`.
 * @throws Error when it has not 5, 6 or 7 fields
 */
export function expandTimeFields(expression: string): { readonly pattern: string; readonly isQuartz: boolean } {
  const fields = expression.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 7) throw new Error('Write 5 fields, or 6 or 7 as in Quartz.');
  const isQuartz = fields.length > 5;
  const [second, minute = '', hour = '', ...dates] = isQuartz ? fields : ['0', ...fields];
  const time = [expand(second, most.second), expand(minute, most.minute), everyHour(expand(hour, most.hour))];
  return { pattern: [...(isQuartz ? time : time.slice(1)), ...dates].join(' '), isQuartz };
}

/** The numbers of a field as a list; the field as it is when it is none that we know, for the parser to complain about. */
function expand(field: string | undefined, last: number): string {
  const numbers = new Set<number>();
  for (const part of (field ?? '').split(',')) {
    const match = /^(?:([*?])|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (!match) return field ?? '';
    const [, wildcard, from, to, step] = match;
    const start = wildcard ? 0 : Number(from);
    const end = wildcard || (step && to === undefined) ? last : Number(to ?? from);
    const by = Number(step ?? 1);
    if (start > end || end > last || by < 1 || by > last + 1) return field ?? '';
    for (let number = start; number <= end; number += by) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b).join(',');
}

function everyHour(hours: string): string {
  return hours.split(',').length === most.hour + 1 ? '*' : hours;
}
