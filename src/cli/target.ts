import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { readConfig } from '../config.ts';
import { type AnyConnectorContext, authMethods, type Connector } from '../connector/connector.ts';
import { createDial } from '../connector/dialer.ts';
import type { LogLevel } from '../connector/messages.ts';
import { secretValuesOf } from '../connector/spec.ts';
import { connectors, findConnector } from '../connectors/index.ts';
import { createRedactor } from '../lib/redact.ts';
import { ownPathsOf } from '../source/own-paths.ts';
import { checkConfiguration } from '../source-connection/configuration.ts';
import { CommandError, type Given, type Option, UsageError } from './command.ts';
import { say } from './output.ts';

/** A connector with everything that one of its verbs needs. */
export interface OpenTarget {
  readonly connector: Connector;
  readonly context: AnyConnectorContext;
  /** Takes the secrets out of a text. */
  redact(text: string): string;
}

export const configOption: Option = {
  type: 'string',
  value: 'FILE',
  help: 'JSON: {"config": {…}, "authMethod": "…", "credentials": {…}}; "-" is standard input',
};

export const aboutConfig = `Secrets are read from the file, never from arguments, which other users can see. Let nobody else read it: chmod 600 FILE.
Without --config every field has its default. HEADGATE_FILES_ROOT and HEADGATE_EGRESS apply as they do in the gateway.`;

const TargetFile = z.strictObject({
  config: z.record(z.string(), z.json()).optional(),
  authMethod: z.enum(authMethods).optional(),
  credentials: z.record(z.string(), z.json()).optional(),
});

/** @throws UsageError, CommandError, ConfigError, ValidationError; none with a value from the file in it */
export async function openTarget(given: Given, signal: AbortSignal, log: (level: LogLevel, message: string) => void): Promise<OpenTarget> {
  const [shortName = ''] = given.positionals;
  const connector = findConnector(shortName);
  if (!connector) throw new UsageError(`There is no such connector. There are: ${connectors.map((known) => known.shortName).join(', ')}.`);
  const gateway = readConfig(process.env, process.cwd());
  const path = given.text('config');
  const input = path === undefined ? {} : await readTarget(path);
  const { config, authMethod, credentials } = checkConfiguration({ ...input, sourceShortName: shortName });
  const redact = createRedactor(secretValuesOf(connector, authMethod, credentials));
  const context: AnyConnectorContext = {
    config,
    authMethod,
    credentials,
    dial: createDial(gateway.egress),
    filesRoot: gateway.filesRoot,
    ownPaths: ownPathsOf(gateway),
    signal,
    log: (level, message) => log(level, redact(message)),
  };
  return { connector, context, redact };
}

async function readTarget(path: string): Promise<z.output<typeof TargetFile>> {
  const name = path === '-' ? 'Standard input' : `The file ${path}`;
  const content = path === '-' ? await text(process.stdin) : await readText(path);
  const parsed = TargetFile.safeParse(parseJson(content, name));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: at, code }) => (at.length > 0 ? `"${String(at[0])}" is not what it should be` : code));
    throw new CommandError(`${name} must be {"config": {…}, "authMethod": "…", "credentials": {…}}: ${problems.join(', ')}.`);
  }
  const hasSecrets = Object.keys(parsed.data.credentials ?? {}).length > 0;
  if (hasSecrets && path !== '-' && process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    say(`Others may read ${path}, which has credentials in it. Run: chmod 600 ${path}`);
  }
  return parsed.data;
}

export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(`The file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** The parser's own message would show a part of the text, which may be a password. */
function parseJson(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new CommandError(`${name} is not JSON.`);
  }
}
