import { expect, test } from 'vitest';
import { activeStatuses, isTerminal, mayFollow, type SyncJobStatus, syncJobStatuses, terminalStatuses } from '../../src/sync-job/status.ts';

/** As the public contract draws it. */
const drawn = `
  PENDING → RUNNING CANCELLED FAILED
  RUNNING → WAITING CANCELLING SUCCEEDED FAILED
  WAITING → RUNNING CANCELLED FAILED
  CANCELLING → CANCELLED
`;
const arrows = new Set(
  drawn
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [from = '', to = ''] = line.trim().split(' → ');
      return to.split(' ').map((each) => `${from} → ${each}`);
    }),
);
const all: SyncJobStatus[] = ['PENDING', 'RUNNING', 'WAITING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED'];

test('there are seven statuses, three of them final', () => {
  expect([...syncJobStatuses].sort()).toEqual([...all].sort());
  expect(terminalStatuses).toEqual(['SUCCEEDED', 'FAILED', 'CANCELLED']);
  expect(activeStatuses).toEqual(['PENDING', 'RUNNING', 'WAITING', 'CANCELLING']);
  expect(all.filter(isTerminal)).toEqual(terminalStatuses);
});

test.each(all.flatMap((from) => all.map((to) => [from, to] as const)))('%s → %s is as drawn', (from, to) => {
  expect(mayFollow(from, to)).toBe(arrows.has(`${from} → ${to}`));
});
