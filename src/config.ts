import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { type DatabaseLocation, databaseLocation } from './config/database.ts';
import { type HttpConfig, httpConfig, httpVariables } from './config/http.ts';
import { type JwtConfig, jwtConfig, jwtVariables } from './config/jwt.ts';
import { isLoopback } from './config/loopback.ts';
import { readPersistedOperations } from './config/persisted-operations.ts';
import { type RetentionConfig, retentionConfig, retentionVariables } from './config/retention.ts';
import { integer } from './config/variables.ts';
import type { KeySource } from './lib/key-file.ts';
import { parseKeyRing } from './lib/key-ring.ts';

/** Everything that can be set from outside, checked and frozen. The environment is read here and nowhere else. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** The control database; nothing else picks the mode. */
  readonly database: DatabaseLocation;
  readonly encryptionKeys: KeySource;
  /** Who gets in: everybody on this machine, or whoever has a key or a token. */
  readonly auth: 'local' | 'keys';
  /** Whose tokens count besides API keys; `null` = nobody's. */
  readonly jwt: JwtConfig | null;
  readonly egress: 'public' | 'private';
  /** Absolute and real; `null` = no local file may be read. */
  readonly filesRoot: string | null;
  /** Sync jobs at once in one worker. */
  readonly workerConcurrency: number;
  readonly tickMs: number;
  readonly jobLeaseMs: number;
  /** What HTTP and the WebSocket allow. */
  readonly http: HttpConfig;
  /** A file of the documents beside which none is run; `null` = any document is. */
  readonly persistedOperations: string | null;
  /** How long a sync job waits after an attempt that broke off; it doubles from one to the next. */
  readonly retryBaseMs: number;
  /** A source that sends nothing for so long is taken for dead. */
  readonly sourceIdleMs: number;
  /** How long an event waits after the first try to deliver it failed; eight times as long after each that follows. */
  readonly webhookRetryBaseMs: number;
  /** A receiver that has not answered by then has failed. */
  readonly webhookTimeoutMs: number;
  /** When what is over is deleted. */
  readonly retention: RetentionConfig;
  readonly logLevel: string;
  /** Lines for a person instead of JSON: when the terminal is one's. */
  readonly prettyLogs: boolean;
}

const defaults = {
  port: 4000,
  host: '127.0.0.1',
  dataDir: './data',
  workerConcurrency: 4,
  tickMs: 5000,
  jobLeaseSeconds: 15,
  retryBaseMs: 5000,
  sourceIdleSeconds: 300,
  webhookRetryBaseMs: 5000,
  webhookTimeoutSeconds: 15,
  logLevel: 'info',
};

const Environment = z.object({
  PORT: integer(0, 65_535, 4000).default(defaults.port),
  HOST: z.string().min(1).default(defaults.host),
  HEADGATE_DATA_DIR: z.string().min(1).default(defaults.dataDir),
  DATABASE_URL: z.string().optional(),
  DATABASE_URL_FILE: z.string().optional(),
  HEADGATE_ENCRYPTION_KEYS: z.string().optional(),
  HEADGATE_ENCRYPTION_KEYS_FILE: z.string().optional(),
  HEADGATE_AUTH: z.enum(['local', 'keys'], { error: 'must be "local" or "keys"' }).default('local'),
  ...jwtVariables,
  HEADGATE_EGRESS: z.enum(['public', 'private'], { error: 'must be "public" or "private"' }).optional(),
  HEADGATE_FILES_ROOT: z.string().optional(),
  HEADGATE_WORKER_CONCURRENCY: integer(1, 64, 4).default(defaults.workerConcurrency),
  HEADGATE_TICK_MS: integer(50, 3_600_000, 5000).default(defaults.tickMs),
  HEADGATE_JOB_LEASE_SECONDS: integer(1, 3600, 15).default(defaults.jobLeaseSeconds),
  ...httpVariables,
  HEADGATE_RETRY_BASE_MS: integer(1, 3_600_000, 5000).default(defaults.retryBaseMs),
  HEADGATE_SOURCE_IDLE_SECONDS: integer(1, 86_400, 300).default(defaults.sourceIdleSeconds),
  HEADGATE_WEBHOOK_RETRY_BASE_MS: integer(1, 3_600_000, 5000).default(defaults.webhookRetryBaseMs),
  HEADGATE_WEBHOOK_TIMEOUT_SECONDS: integer(1, 60, 15).default(defaults.webhookTimeoutSeconds),
  ...retentionVariables,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { error: 'must be one of fatal, error, warn, info, debug, trace, silent' })
    .default('info'),
});

/** Thrown with every problem at once, one line each, and never with the value of a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** @throws ConfigError */
export function readConfig(environment: NodeJS.ProcessEnv, workingDirectory: string, isTerminal = false): Config {
  // An empty variable is one that was not set: that is what `FOO= npm start` means to people.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  // What is wrong with one variable must not hide what is wrong with another: the checks below go on with its default.
  const wrong = new Set(issues.map((issue) => issue.path[0]));
  const env = parsed.data ?? Environment.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name))));
  const attempt = <T>(variable: string, read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      problems.push(`${variable} ${(error as Error).message}`);
      return null;
    }
  };

  const isLocal = env.HEADGATE_AUTH === 'local';
  if (isLocal && !isLoopback(env.HOST))
    problems.push(
      'HOST must be a loopback address with HEADGATE_AUTH=local, for example 127.0.0.1: everybody who reaches the port is the administrator; set HEADGATE_AUTH=keys to listen elsewhere',
    );
  const dataDir = resolve(workingDirectory, env.HEADGATE_DATA_DIR);
  const databaseUrl = env.DATABASE_URL_FILE ? attempt('DATABASE_URL_FILE', () => readText(env.DATABASE_URL_FILE ?? '')) : (env.DATABASE_URL ?? null);
  const database = attempt('DATABASE_URL', () => databaseLocation(databaseUrl, dataDir, workingDirectory));
  const encryptionKeys = readKeys(env, workingDirectory, attempt) ?? { file: join(dataDir, 'encryption.keys'), ours: true };
  if (database?.engine === 'postgresql' && !env.HEADGATE_ENCRYPTION_KEYS && !env.HEADGATE_ENCRYPTION_KEYS_FILE)
    problems.push(
      'HEADGATE_ENCRYPTION_KEYS is needed with PostgreSQL, the same for all: make one with "openssl rand -base64 32" and give it as keyId:KEY',
    );
  const persistedOperations = env.HEADGATE_PERSISTED_OPERATIONS ? resolve(workingDirectory, env.HEADGATE_PERSISTED_OPERATIONS) : null;
  if (persistedOperations) attempt('HEADGATE_PERSISTED_OPERATIONS', () => readPersistedOperations(persistedOperations));
  const filesRoot = env.HEADGATE_FILES_ROOT ?? (isLocal ? '.' : null);
  const realFilesRoot = filesRoot === null ? null : attempt('HEADGATE_FILES_ROOT', () => realFolder(resolve(workingDirectory, filesRoot)));
  const jwt = jwtConfig(env, isLocal, (variable) => given[variable] !== undefined, problems);
  if (problems.length > 0 || database === null) throw new ConfigError(problems);

  return Object.freeze({
    port: env.PORT,
    host: env.HOST,
    dataDir,
    database,
    encryptionKeys,
    auth: env.HEADGATE_AUTH,
    jwt,
    egress: env.HEADGATE_EGRESS ?? (isLocal ? 'private' : 'public'),
    filesRoot: realFilesRoot,
    workerConcurrency: env.HEADGATE_WORKER_CONCURRENCY,
    tickMs: env.HEADGATE_TICK_MS,
    jobLeaseMs: env.HEADGATE_JOB_LEASE_SECONDS * 1000,
    persistedOperations,
    retryBaseMs: env.HEADGATE_RETRY_BASE_MS,
    sourceIdleMs: env.HEADGATE_SOURCE_IDLE_SECONDS * 1000,
    webhookRetryBaseMs: env.HEADGATE_WEBHOOK_RETRY_BASE_MS,
    webhookTimeoutMs: env.HEADGATE_WEBHOOK_TIMEOUT_SECONDS * 1000,
    retention: retentionConfig(env),
    http: httpConfig(env, isLocal),
    logLevel: env.LOG_LEVEL,
    prettyLogs: isTerminal,
  });
}

function readKeys(
  env: z.output<typeof Environment>,
  workingDirectory: string,
  attempt: <T>(variable: string, read: () => T) => T | null,
): KeySource | null {
  if (env.HEADGATE_ENCRYPTION_KEYS_FILE) {
    const file = resolve(workingDirectory, env.HEADGATE_ENCRYPTION_KEYS_FILE);
    attempt('HEADGATE_ENCRYPTION_KEYS_FILE', () => parseKeyRing(readText(file)));
    return { file, ours: false };
  }
  if (env.HEADGATE_ENCRYPTION_KEYS) {
    const text = env.HEADGATE_ENCRYPTION_KEYS;
    return attempt('HEADGATE_ENCRYPTION_KEYS', () => ({ variable: parseKeyRing(text) }));
  }
  return null;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new Error('names a file that cannot be read');
  }
}

function realFolder(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('names a folder that does not exist, give one such as ./data');
  return realpathSync(path);
}
