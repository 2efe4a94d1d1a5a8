import { type CheckStepOutcome, runCheck } from '../connector/check.ts';
import type { LogLevel } from '../connector/messages.ts';
import { type Command, exitStatus } from './command.ts';
import { abortOnInterrupt, unlessAborted } from './interrupt.ts';
import { paint, print, printJson, say } from './output.ts';
import { logLine } from './protocol.ts';
import { aboutConfig, configOption, openTarget } from './target.ts';

export const command: Command = {
  name: 'check',
  description: `Tests whether a source answers and lets us in, step by step. Exit status 1 when it does not.
With --json a CONNECTION_STATUS of the Airbyte protocol, with the steps.\n\n${aboutConfig}`,
  positionals: ['SHORTNAME'],
  options: { config: configOption },
  async run(given) {
    const json = given.flag('json');
    const { signal } = abortOnInterrupt();
    const log = json ? (level: LogLevel, message: string) => print(logLine(level, message)) : sayLog;
    const { connector, context, redact } = await openTarget(given, signal, log);
    const { status, message, steps, failureType } = await unlessAborted(runCheck(connector, context, redact), signal);
    const passed = status !== 'FAILED';
    if (json) {
      printJson({ type: 'CONNECTION_STATUS', connectionStatus: { status: passed ? 'SUCCEEDED' : 'FAILED', message, failureType, steps } });
    } else {
      for (const step of steps) print(stepLine(step));
      print(`${paint(passed ? 'green' : 'red', status)}  ${message}`);
    }
    return passed ? exitStatus.success : exitStatus.failure;
  },
};

/** What a connector logs, for a person. */
export function sayLog(level: LogLevel, message: string): void {
  if (level !== 'DEBUG') say(`${level}  ${message}`);
}

const marks = { PASSED: ['green', '✓'], WARNING: ['yellow', '!'], SKIPPED: ['dim', '-'], FAILED: ['red', '✗'], ERRORED: ['red', '✗'] } as const;

function stepLine({ title, status, message, durationMs }: CheckStepOutcome): string {
  const [style, mark] = marks[status];
  return `${paint(style, mark)} ${title}  ${paint('dim', `${durationMs} ms`)}${message ? `  ${message}` : ''}`;
}
