import { type ParseArgsConfig, parseArgs } from 'node:util';

export const exitStatus = { success: 0, failure: 1, usage: 2 } as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** A failure that somebody can do something about: its message is a whole sentence, without secrets. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** The command was called in a way that it does not know. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export interface Given {
  readonly positionals: readonly string[];
  /** The value of an option that takes one. */
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
}

export interface Command {
  readonly name: string;
  /** What it does, and what somebody who calls it has to know. */
  readonly description: string;
  /** Names of the arguments, all of them needed. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** Resolves to nothing when the process is to stay. */
  run(given: Given): Promise<ExitStatus | undefined>;
}

const everyCommand: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'Print JSON for programs' },
  help: { type: 'boolean', help: 'Show this help' },
};

/** @throws UsageError */
export function parseGiven(command: Command, args: readonly string[]): Given {
  const options: ParseArgsConfig['options'] = {};
  for (const [name, { type, multiple = false }] of Object.entries({ ...command.options, ...everyCommand })) {
    options[name] = { type, multiple, ...(name === 'help' ? { short: 'h' } : {}) };
  }
  const { positionals, values } = parse(args, options);
  const flag = (name: string) => values[name] === true;
  // Whoever asks for help need not know the arguments.
  if (!flag('help') && positionals.length !== command.positionals.length) {
    throw new UsageError(
      positionals.length < command.positionals.length
        ? `${command.positionals[positionals.length]} is missing.`
        : `There are ${positionals.length - command.positionals.length} arguments too many.`,
    );
  }
  return {
    positionals,
    flag,
    text: (name) => values[name] as string | undefined,
    texts: (name) => (values[name] as string[] | undefined) ?? [],
  };
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // Its first sentence names the option; the rest is about escaping.
    throw new UsageError(`${(error as Error).message.split('. ')[0]?.replace(/\.$/, '')}.`);
  }
}

export function helpOf({ name, description, positionals, options }: Command): string {
  const lines = Object.entries({ ...options, ...everyCommand }).map(([option, { value, help, multiple }]) => {
    const left = `--${option}${value ? ` ${value}` : ''}${multiple ? ' …' : ''}`;
    return `  ${left.padEnd(20)}  ${help}`;
  });
  return `Usage: ${['headgate', name, ...positionals, '[options]'].join(' ')}\n\n${description}\n\nOptions:\n${lines.join('\n')}\n`;
}
