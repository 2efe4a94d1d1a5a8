import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { findCanaries, plainCanary } from './support/canary.ts';
import { type Gateway, startGateway } from './support/gateway.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-config-')));
const read = (environment: NodeJS.ProcessEnv = {}) => readConfig(environment, folder);
const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};
const gateways: Gateway[] = [];
const start = async (options: Parameters<typeof startGateway>[0]) => {
  const gateway = await startGateway(options);
  gateways.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.cleanUp();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dayMs = 24 * 60 * 60 * 1000;

describe('the configuration', () => {
  it('needs nothing to be set', () => {
    expect(read()).toEqual({
      port: 4000,
      host: '127.0.0.1',
      dataDir: join(folder, 'data'),
      database: { engine: 'sqlite', path: join(folder, 'data/headgate.db') },
      encryptionKeys: { file: join(folder, 'data/encryption.keys'), ours: true },
      auth: 'local',
      jwt: null,
      egress: 'private',
      filesRoot: folder,
      workerConcurrency: 4,
      tickMs: 5000,
      jobLeaseMs: 15_000,
      http: expect.any(Object),
      persistedOperations: null,
      retryBaseMs: 5_000,
      sourceIdleMs: 300_000,
      webhookRetryBaseMs: 5_000,
      webhookTimeoutMs: 15_000,
      retention: { jobsMs: 90 * dayMs, logsMs: 30 * dayMs, auditMs: 365 * dayMs },
      logLevel: 'info',
      prettyLogs: false,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(read({ PORT: '', HOST: '', DATABASE_URL: '', HEADGATE_ENCRYPTION_KEYS: '', LOG_LEVEL: '' })).toEqual(read());
  });

  it('keeps what is over for as many days as it is told, 0 for ever, and no log longer than its job', () => {
    const { retention } = read({ HEADGATE_RETENTION_DAYS: '0.5', HEADGATE_LOG_RETENTION_DAYS: '0', HEADGATE_AUDIT_RETENTION_DAYS: '0' });
    expect(retention).toEqual({ jobsMs: dayMs / 2, logsMs: dayMs / 2, auditMs: null });
    expect(read({ HEADGATE_RETENTION_DAYS: '7' }).retention).toMatchObject({ jobsMs: 7 * dayMs, logsMs: 7 * dayMs });
    expect(read({ HEADGATE_RETENTION_DAYS: '0' }).retention).toMatchObject({ jobsMs: null, logsMs: 30 * dayMs });
    expect(problemsOf({ HEADGATE_RETENTION_DAYS: 'a month', HEADGATE_AUDIT_RETENTION_DAYS: '-1' })).toEqual([
      'HEADGATE_RETENTION_DAYS must be a number of days, for example 90',
      'HEADGATE_AUDIT_RETENTION_DAYS must be at least 0, which keeps everything, for example 365',
    ]);
  });

  it('trusts who is local with everything that helps', () => {
    expect(read().http).toEqual({
      introspection: true,
      suggestions: true,
      graphiql: true,
      corsOrigins: [],
      answerForeignOrigins: false,
      guardGet: false,
      trustedProxies: [],
      requestTimeoutMs: 30_000,
      socketsPerPrincipal: 20_000,
      rateLimits: { principal: 0, organization: 0, address: 0, sourceTests: 0, failedLogins: 0 },
    });
  });

  it('takes lists separated by commas', () => {
    const { http } = read({
      HEADGATE_CORS_ORIGINS: 'https://app.example.com, http://localhost:5173',
      HEADGATE_TRUSTED_PROXIES: '10.0.0.0/8,::1/128',
    });
    expect(http).toMatchObject({ corsOrigins: ['https://app.example.com', 'http://localhost:5173'], trustedProxies: ['10.0.0.0/8', '::1/128'] });
  });

  it('takes stored operations only under their own hash, and only documents', () => {
    const file = join(folder, 'operations.json');
    const problemOf = (documents: unknown) => {
      writeFileSync(file, JSON.stringify(documents));
      return problemsOf({ HEADGATE_PERSISTED_OPERATIONS: './operations.json' });
    };
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(problemOf({ [sha256('{ a }')]: '{ a }' })).toEqual([]);
    expect(problemOf({ [sha256('{ a }').toUpperCase()]: '{ a }' })).toEqual([]);
    expect(problemOf({ [sha256('{ a }')]: '{ b }' })).toEqual([expect.stringMatching(/^HEADGATE_PERSISTED_OPERATIONS .*is not the SHA-256/)]);
    expect(problemOf({ [sha256('{ a')]: '{ a' })).toEqual([expect.stringMatching(/is not valid GraphQL$/)]);
    expect(problemOf(['{ a }'])).toEqual([expect.stringMatching(/a JSON object of documents/)]);
    expect(problemOf({ x: 1 })).toEqual([expect.stringMatching(/a JSON object of documents/)]);
  });

  it('cannot be changed once it is read', () => {
    expect(Object.isFrozen(read())).toBe(true);
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '40.5'],
    ['HOST', '0.0.0.0'],
    ['HOST', 'example.com'],
    ['HEADGATE_AUTH', 'nobody'],
    ['HEADGATE_JWT_ALGORITHMS', 'RS256,HS256'],
    ['HEADGATE_JWT_ALGORITHMS', 'none'],
    ['HEADGATE_EGRESS', 'all'],
    ['HEADGATE_WORKER_CONCURRENCY', '0'],
    ['HEADGATE_TICK_MS', 'soon'],
    ['HEADGATE_JOB_LEASE_SECONDS', '0'],
    ['HEADGATE_INTROSPECTION', 'yes'],
    ['HEADGATE_SUGGESTIONS', 'ON'],
    ['HEADGATE_GRAPHIQL', '1'],
    ['HEADGATE_CORS_ORIGINS', '*'],
    ['HEADGATE_CORS_ORIGINS', 'null'],
    ['HEADGATE_CORS_ORIGINS', 'https://app.example.com/'],
    ['HEADGATE_CORS_ORIGINS', 'https://app.example.com,app.example.com'],
    ['HEADGATE_TRUSTED_PROXIES', '10.0.0.1'],
    ['HEADGATE_TRUSTED_PROXIES', 'all'],
    ['HEADGATE_REQUEST_TIMEOUT_SECONDS', '0'],
    ['HEADGATE_SOCKETS_PER_PRINCIPAL', 'many'],
    ['HEADGATE_RATE_LIMIT_PRINCIPAL', '-1'],
    ['HEADGATE_RATE_LIMIT_ORGANIZATION', 'no'],
    ['HEADGATE_RATE_LIMIT_ADDRESS', '1.5'],
    ['HEADGATE_RATE_LIMIT_SOURCE_TESTS', 'few'],
    ['HEADGATE_RATE_LIMIT_FAILED_LOGINS', 'x'],
    ['HEADGATE_PERSISTED_OPERATIONS', './missing.json'],
    ['HEADGATE_PERSISTED_OPERATIONS', '/etc/hostname'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'sqlite:'],
    ['DATABASE_URL_FILE', '/does/not/exist'],
    ['HEADGATE_FILES_ROOT', './missing'],
    ['HEADGATE_FILES_ROOT', '/etc/hostname'],
    ['HEADGATE_ENCRYPTION_KEYS', 'k1'],
    ['HEADGATE_ENCRYPTION_KEYS_FILE', '/does/not/exist'],
  ])('with a wrong %s (%s) is refused by that name', (variable, value) => {
    const problems = problemsOf({ [variable]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${variable} [a-z].{10,}`));
  });

  it('with keys needs no loopback, and reaches neither private addresses nor local files unless told to', () => {
    const keys = { HEADGATE_AUTH: 'keys', HOST: '0.0.0.0' };
    expect(read(keys)).toMatchObject({ auth: 'keys', host: '0.0.0.0', egress: 'public', filesRoot: null });
    expect(read({ ...keys, HEADGATE_EGRESS: 'private', HEADGATE_FILES_ROOT: '.' })).toMatchObject({ egress: 'private', filesRoot: folder });
  });

  const jwt = {
    HEADGATE_JWT_JWKS_URL: 'https://login.example.com/keys',
    HEADGATE_JWT_ISSUER: 'https://login.example.com/',
    HEADGATE_JWT_AUDIENCE: 'headgate, console',
  };

  it('takes tokens when it is said where their keys are, whose they are and for whom', () => {
    expect(read({ HEADGATE_AUTH: 'keys', ...jwt }).jwt).toEqual({
      jwksUrl: 'https://login.example.com/keys',
      issuer: 'https://login.example.com/',
      audience: ['headgate', 'console'],
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      organizationClaim: 'organization',
      roleClaim: 'role',
    });
    const named = problemsOf({ HEADGATE_AUTH: 'keys', HEADGATE_JWT_JWKS_URL: jwt.HEADGATE_JWT_JWKS_URL }).map((problem) => problem.split(' ')[0]);
    expect(named).toEqual(['HEADGATE_JWT_ISSUER', 'HEADGATE_JWT_AUDIENCE']);
    expect(problemsOf(jwt)).toEqual([expect.stringMatching(/^HEADGATE_JWT_JWKS_URL needs HEADGATE_AUTH=keys/)]);
  });

  it('fetches the keys of tokens over https only, except on its own machine', () => {
    const problems = (url: string) => problemsOf({ HEADGATE_AUTH: 'keys', ...jwt, HEADGATE_JWT_JWKS_URL: url });
    for (const url of ['https://login.example.com/keys', 'http://127.0.0.1:8080/keys', 'http://[::1]/keys', 'http://localhost/keys'])
      expect(problems(url)).toEqual([]);
    for (const url of ['http://login.example.com/keys', 'http://10.0.0.1/keys', 'file:///etc/keys', 'keys'])
      expect(problems(url)).toEqual([expect.stringMatching(/^HEADGATE_JWT_JWKS_URL must be an https URL/)]);
  });

  it('names every problem at once', () => {
    const problems = problemsOf({
      PORT: 'x',
      HOST: '0.0.0.0',
      DATABASE_URL: 'mysql://h/d',
      HEADGATE_ENCRYPTION_KEYS: 'k1:short',
      HEADGATE_FILES_ROOT: './missing',
      HEADGATE_TICK_MS: '1',
      LOG_LEVEL: 'loud',
    });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'DATABASE_URL',
      'HEADGATE_ENCRYPTION_KEYS',
      'HEADGATE_FILES_ROOT',
      'HEADGATE_TICK_MS',
      'HOST',
      'LOG_LEVEL',
      'PORT',
    ]);
  });
});

describe('starting the gateway', { timeout: 120_000 }, () => {
  /** Runs it until it ends by itself. */
  const run = async (environment: Record<string, string>, args: string[] = []) => {
    const child = spawn(process.execPath, ['src/main.ts', ...args], {
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, PORT: '0', HEADGATE_DATA_DIR: join(folder, 'run'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    const print = (chunk: Buffer) => {
      printed += chunk.toString();
    };
    child.stdout.on('data', print);
    child.stderr.on('data', print);
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { status, printed };
  };
  const aSentence = /^[A-Z][^\n]{20,}\.\n$/;

  it('with a wrong configuration ends with status 1, every problem and never the value of a secret', async () => {
    const [password, key] = [plainCanary('password'), plainCanary('key')];
    const { status, printed } = await run({
      PORT: 'x',
      DATABASE_URL: `postgresql://headgate:${password}@db/`,
      HEADGATE_ENCRYPTION_KEYS: key,
      LOG_LEVEL: 'loud',
    });
    expect(status).toBe(1);
    for (const variable of ['PORT', 'DATABASE_URL', 'HEADGATE_ENCRYPTION_KEYS', 'LOG_LEVEL']) expect(printed).toContain(`  - ${variable} `);
    expect(findCanaries([['printed', printed]])).toEqual([]);
    expect(printed).not.toContain('    at ');
  });

  it('on a port of its own choice names that port; a second one on its data folder refuses with a sentence and leaves it alone', async () => {
    const first = await start({});
    expect(new URL(first.url).port).not.toBe('0');
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    const { status, printed } = await run({ HEADGATE_DATA_DIR: first.dataDir });
    expect([status, printed]).toEqual([1, expect.stringMatching(aSentence)]);
    expect(printed).toContain('HEADGATE_DATA_DIR');
    expect(await first.query('{ viewer { role } }')).toEqual({ viewer: { role: 'ADMIN' } });
    process.kill(first.pid, 'SIGINT');
    expect(await first.stop()).toBe(0);
    expect(first.output()).not.toContain('    at ');
  });

  it('on a port that is taken refuses with a sentence that names the port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    const { status, printed } = await run({ PORT: String(port), HEADGATE_DATA_DIR: join(folder, 'taken') });
    server.close();
    expect([status, printed]).toEqual([1, expect.stringMatching(aSentence)]);
    expect(printed).toContain(`Port ${port} `);
  });

  it('in a folder that cannot be one refuses with a sentence', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { status, printed } = await run({ HEADGATE_DATA_DIR: file });
    expect([status, printed]).toEqual([1, expect.stringMatching(aSentence)]);
    expect(printed).toContain('HEADGATE_DATA_DIR');
  });

  it('and telling it to stop ends it with status 0; the next one goes on with its data', async () => {
    const before = await start({});
    await before.query('mutation { createCollection(input: { name: "Shop" }) { __typename } }');
    expect(await before.stop()).toBe(0);
    expect(before.output()).not.toContain('    at ');
    const after = await start({ dataDir: before.dataDir });
    expect(await after.query('{ collection(by: { readableId: "shop" }) { name } }')).toEqual({ collection: { name: 'Shop' } });
    await after.stop();
  });

  it('keeps the key file to its owner; refuses one that others may read, and a broken one, and does not make another', async () => {
    const gateway = await start({});
    const keyFile = join(gateway.dataDir, 'encryption.keys');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await gateway.stop()).toBe(0);
    chmodSync(keyFile, 0o644);
    const readable = await run({ HEADGATE_DATA_DIR: gateway.dataDir });
    expect([readable.status, readable.printed]).toEqual([1, `The key file ${keyFile} may be read by others. Run: chmod 600 ${keyFile}\n`]);

    chmodSync(keyFile, 0o600);
    const secret = plainCanary('key');
    writeFileSync(keyFile, secret);
    const broken = await run({ HEADGATE_DATA_DIR: gateway.dataDir });
    expect([broken.status, broken.printed]).toEqual([1, expect.stringMatching(aSentence)]);
    expect(broken.printed).toContain(keyFile);
    expect(findCanaries([['printed', broken.printed]])).toEqual([]);
    expect(readFileSync(keyFile, 'utf8')).toBe(secret);
  });

  it.each([
    [['--help'], 0, 'Usage:'],
    [['--version'], 0, '0.'],
    [['nonsense'], 2, 'Usage:'],
    [['--nonsense'], 2, 'Usage:'],
    [['serve', 'more'], 2, 'Usage:'],
  ] as const)('the command line %j ends with status %i', async (args, expected, text) => {
    const { status, printed } = await run({}, [...args]);
    expect(status).toBe(expected);
    expect(printed).toContain(text);
  });
});
