/** What a `Retry-After` asks for, in milliseconds from now: it holds seconds, or a date. @see RFC 9110 section 10.2.3 */
export function retryAfterMsOf(header: string | null): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
