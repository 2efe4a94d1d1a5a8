import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';

const root = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; version: string };

/** An old Node, where a machine has one: the version is said before anything else is loaded. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (path) => existsSync(path) && Number(execFileSync(path, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' })) < 22,
);

describe('the npm package, installed in an empty folder', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'headgate-package-'));
  const project = join(scratch, 'project');
  const installed = join(project, 'node_modules', manifest.name);
  const bin = join(project, 'node_modules/.bin/headgate');
  let packed: string[] = [];
  let gateway: ChildProcess | undefined;

  beforeAll(async () => {
    // Built from a copy, so that neither an old `dist` nor another test gets in.
    const copy = join(scratch, 'copy');
    const build = ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.client.json'];
    for (const entry of [...build, 'schema.graphql', 'README.md', 'LICENSE', 'CHANGELOG.md'])
      cpSync(join(root, entry), join(copy, entry), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    mkdirSync(project);
    const npm = (folder: string, ...args: string[]) => promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 2 ** 26 });
    const { stdout } = await npm(copy, 'pack', '--json', '--loglevel=silent', `--pack-destination=${scratch}`);
    // The build that packing runs prints too, before the list.
    const list = JSON.parse(stdout.slice(stdout.search(/^[[{]\s*$/m))) as unknown;
    const [tarball] = Object.values(list as object) as { filename: string; files: { path: string }[] }[];
    packed = (tarball?.files ?? []).map(({ path }) => path);
    await npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(scratch, tarball?.filename ?? ''));
  }, 180_000);
  afterAll(() => {
    gateway?.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  });

  test('holds what is needed to run and to read, and nothing else', () => {
    expect(packed).toEqual(
      expect.arrayContaining(['dist/main.js', 'dist/worker.js', 'schema.graphql', 'README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']),
    );
    expect(packed.filter((path) => !/^dist\/.*\.(js|d\.ts)$|^(schema\.graphql|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(path))).toEqual(
      [],
    );
    expect(packed.filter((path) => /\.test\.|vitest/.test(path))).toEqual([]);
  });

  test('is as registries and bundlers want it', async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  test('brings one SQLite library and one GraphQL', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };
    const copies = (name: string) => Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`));
    expect(copies('better-sqlite3')).toEqual(['node_modules/better-sqlite3']);
    expect(copies('graphql')).toEqual(['node_modules/graphql']);
  });

  test('tells its version', () => {
    expect(execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' })).toBe(`${manifest.version}\n`);
  });

  test('runs a sync in its worker threads, and leaves on SIGTERM with status 0', async () => {
    const env = { ...process.env, PORT: '0', HEADGATE_DATA_DIR: join(project, 'data') };
    const child = spawn(process.execPath, [bin], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
    gateway = child;
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await eventually(() => expect(printed).toContain('Headgate ready at'), 30_000);
    const url = /ready at (\S+)/.exec(printed)?.[1] ?? '';
    const query = async (text: string) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text }) });
      return (await response.json()) as { data: Record<string, { nodes: { status: string; recordsRead: number }[] }> };
    };
    // Both the test of the source and the sync run in threads.
    await query('mutation { createSourceConnection(input: { name: "Fake data", sourceShortName: "faker", config: { count: 100 } }) { __typename } }');
    const jobs = async () => (await query('{ syncJobs { nodes { status recordsRead } } }')).data['syncJobs']?.nodes;
    await expect.poll(jobs, { timeout: 60_000 }).toEqual([{ status: 'SUCCEEDED', recordsRead: 115 }]);

    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  }, 120_000);

  test.skipIf(!oldNode)('says under an old Node in one sentence what it needs', async () => {
    const failure = await promisify(execFile)(oldNode ?? '', [join(installed, 'dist/main.js')]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^Headgate needs Node\.js 22\.18 or newer; .*\n$/) });
  });
});
