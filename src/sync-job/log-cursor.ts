import { decodeCursor, encodeCursor } from '../paging/page-args.ts';

/** The logs that lists and subscriptions share: a cursor of the one is a cursor of the other, whatever the filter. */
export const logKinds = { transitions: 'transitions', logs: 'sync-job-logs' } as const;
export type LogKind = (typeof logKinds)[keyof typeof logKinds];

export function printLogCursor(kind: LogKind, cursor: number): string {
  return encodeCursor(kind, [cursor]);
}

/** @throws ValidationError when it is none of ours, or of another log */
export function parseLogCursor(kind: LogKind, text: string): number {
  const [cursor] = decodeCursor(text, kind, 1);
  return Number(cursor);
}
