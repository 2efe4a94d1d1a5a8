import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { DataFolderInUseError } from './db/data-lock.ts';
import { KeyFileError } from './lib/key-file.ts';
import { createLog } from './lib/log.ts';

const usage = `Usage: headgate [command] [options]

Commands:
  serve        Run the gateway (the default)

Options:
  -h, --help     Show this help
  -v, --version  Show the version

The gateway is set up by environment variables; see README.md, "Configuration".
`;

const exitStatus = { failure: 1, usage: 2 } as const;

/** Runs one command. Exit status 0 for success, 1 for failure, 2 for wrong usage. */
export async function runCli(args: string[]): Promise<void> {
  const parsed = parse(args);
  if (!parsed) {
    process.stderr.write(`${usage}`);
    process.exitCode = exitStatus.usage;
  } else if (parsed.values.help) {
    process.stdout.write(usage);
  } else if (parsed.values.version) {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    process.stdout.write(`${version}\n`);
  } else {
    await serve();
  }
}

function parse(args: string[]) {
  try {
    const parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    });
    const [command = 'serve', ...rest] = parsed.positionals;
    return command === 'serve' && rest.length === 0 ? parsed : undefined;
  } catch {
    return undefined;
  }
}

async function serve(): Promise<void> {
  try {
    const config = readConfig(process.env, process.cwd(), process.stdout.isTTY);
    const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
    const app = await startApp(config, log);
    process.stdout.write(`Headgate ready at ${app.url}/graphql\n`);
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      app.stop().then(
        () => process.exit(0),
        (err: unknown) => {
          log.error({ err }, 'could not stop in good order');
          process.exit(exitStatus.failure);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    process.stderr.write(`${sentence}\n`);
    process.exit(exitStatus.failure);
  }
}

/** What kept the gateway from starting and what to do about it; `undefined` for what nobody expected. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof DataFolderInUseError || error instanceof KeyFileError) return error.message;
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const { code, syscall, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another program. Stop it, or set PORT to another one; PORT=0 takes any that is free.`;
  if (code === 'EACCES' && syscall === 'listen') return `This user may not listen on port ${port}. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return 'HOST is not an address of this machine. Set it to one that is, for example 127.0.0.1.';
  const isAboutFolder = syscall !== undefined || String(code).startsWith('SQLITE_');
  return isAboutFolder ? `The data folder cannot be used: ${message}. Mend it, or set HEADGATE_DATA_DIR to another folder.` : undefined;
}
