import { type Command, exitStatus, helpOf, parseGiven, UsageError } from './cli/command.ts';
import { sentenceOf } from './cli/sentence.ts';
import { headgateVersion } from './lib/version.ts';

/** Loaded when called: whoever asks for help does not wait for the gateway to be read. */
const commands: Record<string, { readonly summary: string; load(): Promise<{ readonly command: Command }> }> = {
  serve: { summary: 'Run the gateway (the default)', load: () => import('./cli/serve.ts') },
  worker: { summary: 'Run sync jobs for gateways on the same PostgreSQL', load: () => import('./cli/worker.ts') },
  connectors: { summary: 'List the sources that can be connected', load: () => import('./cli/connectors.ts') },
  check: { summary: 'Test a source, without a gateway', load: () => import('./cli/check.ts') },
  discover: { summary: 'List the streams of a source, without a gateway', load: () => import('./cli/discover.ts') },
  read: { summary: 'Read records of a source, without a gateway', load: () => import('./cli/read.ts') },
  'keys create': { summary: 'Make an API key', load: () => import('./cli/keys-create.ts') },
  'keys list': { summary: 'List the API keys', load: () => import('./cli/keys-list.ts') },
  'keys revoke': { summary: 'Revoke an API key', load: () => import('./cli/keys-revoke.ts') },
  'encryption-keys rotate': { summary: 'Put a new key in the place of the old ones', load: () => import('./cli/rotate-keys.ts') },
  doctor: { summary: 'Look for what is wrong, and say what to do', load: () => import('./cli/doctor.ts') },
  backup: { summary: 'Copy the data while the gateway runs', load: () => import('./cli/backup.ts') },
};

const usage = `Usage: headgate [command] [options]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(22)}  ${summary}`)
  .join('\n')}

Options:
  -h, --help     Show this help, or that of a command
  -v, --version  Show the version

Everything is set up by environment variables; see README.md, "Configuration".
`;

/** Runs one command. Exit status 0 for success, 1 for failure, 2 for wrong usage. */
export async function runCli(args: string[]): Promise<void> {
  // Whoever reads has had enough: `headgate read … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitStatus.success);
  });
  if (args[0] === '--help' || args[0] === '-h') return leave(exitStatus.success, usage);
  if (args[0] === '--version' || args[0] === '-v') return leave(exitStatus.success, `${headgateVersion()}\n`);
  const { entry, rest } = chosen(args);
  if (!entry) return leave(exitStatus.usage, `There is no such command.\n\n${usage}`);
  try {
    const { command } = await entry.load();
    const status = await runCommand(command, rest);
    if (status !== undefined) await leave(status);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    await leave(exitStatus.failure, `${sentence}\n`);
  }
}

async function runCommand(command: Command, args: readonly string[]) {
  try {
    const given = parseGiven(command, args);
    if (!given.flag('help')) return await command.run(given);
    process.stdout.write(helpOf(command));
    return exitStatus.success;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${helpOf(command)}`);
    return exitStatus.usage;
  }
}

/** The first words name the command; without any it is the default one. */
function chosen(args: readonly string[]) {
  const [first = '', second = ''] = args;
  const name = [`${first} ${second}`, first].find((words) => Object.hasOwn(commands, words));
  if (name !== undefined) return { entry: commands[name], rest: args.slice(name.split(' ').length) };
  return first === '' || first.startsWith('-') ? { entry: commands['serve'], rest: args } : { entry: undefined, rest: [] };
}

/** Ends the process once everything is printed, whatever a connector has left open. */
async function leave(status: number, text = ''): Promise<void> {
  const stream = status === exitStatus.success ? process.stdout : process.stderr;
  await new Promise<void>((written) => stream.write(text, () => written()));
  await new Promise<void>((written) => process.stdout.write('', () => written()));
  process.exit(status);
}
