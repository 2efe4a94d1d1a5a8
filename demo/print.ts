import { styleText } from 'node:util';
import type { SyncJobSummaryFragment, TestOutcomeFragment, TransitionFragment } from '../src/client/generated/graphql.ts';

const { stdout } = process;
/** Colour only on a terminal, and not against NO_COLOR. */
const paint = (style: Parameters<typeof styleText>[0], text: string) => styleText(style, text, { stream: stdout });
const number = new Intl.NumberFormat('en');

/** Whether the cursor stands behind counters that the next ones shall replace. */
let isOverwritable = false;

function line(text = ''): void {
  if (isOverwritable) stdout.write('\n');
  isOverwritable = false;
  stdout.write(`${text}\n`);
}

export const heading = (text: string) => line(`\n${paint('bold', text)}`);
export const say = (text: string) => line(`  ${text}`);
export const detail = (text: string) => line(paint('dim', `  ${text}`));

export function test({ status, message, steps }: TestOutcomeFragment): void {
  for (const step of steps) {
    const mark = step.status === 'PASSED' ? paint('green', '✓') : paint('red', '✗');
    line(`  ${mark} ${step.title}${step.message ? paint('dim', `  ${step.message}`) : ''}`);
  }
  line(`  ${paint(status === 'PASSED' ? 'green' : 'red', status)}  ${message}`);
}

export function transition({ sequence, from, to, occurredAt }: TransitionFragment): void {
  const style = to === 'SUCCEEDED' ? 'green' : to === 'FAILED' ? 'red' : 'cyan';
  line(`  ${paint('dim', occurredAt.slice(11, 23))}  ${sequence}. ${from ? `${from} → ` : ''}${paint(style, to)}`);
}

/** On a terminal one line that counts up; elsewhere a line each. */
export function counters({ recordsRead, recordsInserted, recordsRejected }: SyncJobSummaryFragment): void {
  const text = `  ${number.format(recordsRead)} records read, ${number.format(recordsInserted)} inserted, ${number.format(recordsRejected)} rejected`;
  if (!stdout.isTTY) {
    line(text);
    return;
  }
  stdout.write(`\r\x1b[2K${paint('dim', text)}`);
  isOverwritable = true;
}

export function records(nodes: readonly { readonly stream: string; readonly data: Record<string, unknown> }[]): void {
  for (const { stream, data } of nodes) line(`  ${paint('cyan', stream)}  ${JSON.stringify(data)}`);
}
