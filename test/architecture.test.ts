import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstCycle, type ImportEdge, importEdges, importsOf, layerOf, sourceFiles } from './support/import-graph.ts';

/** From left to right: a file imports its own layer and those on the lines above, nothing else. Layers on one line do not know each other. */
const order = [
  ['client'],
  ['lib'],
  ['config'],
  ['connector'],
  ['connectors'],
  ['threads', 'events', 'rate-limits'],
  ['queue'],
  ['db', 'records'],
  ['errors'],
  ['context'],
  ['builder'],
  ['user-error', 'paging', 'idempotency', 'schedule'],
  ['organization'],
  ['audit'],
  ['source'],
  ['collection'],
  ['api-key'],
  ['webhook'],
  ['source-connection'],
  ['sync-job'],
  ['connection-lifecycle', 'record'],
  ['mutation-limits', 'retention'],
  ['entities', 'schema'],
  ['http'],
  ['auth', 'event-contexts', 'graphiql-tabs'],
  ['worker-databases', 'first-start'],
  ['worker', 'process'],
  ['thread-pools'],
  ['app', 'sync-worker'],
  ['cli'],
  ['main', 'print-schema'],
];
const nouns = [
  'idempotency',
  'schedule',
  'organization',
  'audit',
  'source',
  'collection',
  'api-key',
  'webhook',
  'source-connection',
  'sync-job',
  'connection-lifecycle',
  'record',
  'retention',
];
/** Who acts for all tenants at once, by name. Operations are for one: a new line here is a decision, with its reason at the place. */
const forEveryOrganization = [
  'src/api-key/verify.ts',
  'src/audit/open-entry.ts',
  'src/cli/control-services.ts',
  'src/collection/create.ts',
  'src/context.ts',
  'src/first-start.ts',
  'src/idempotency/once.ts',
  'src/process.ts',
  'src/sync-job/progress-feed.ts',
  'src/webhook/enqueue.ts',
  'src/worker-databases.ts',
];
/** Lists with one line per entry; every other `index.ts` would be a barrel. */
const catalogs = ['src/connectors/index.ts', 'src/db/migrations/index.ts'];

const root = path.resolve(import.meta.dirname, '..');
const files = sourceFiles(root);
const edges = importEdges(root, files);
const places = new Map(order.flatMap((layers, place) => layers.map((layer) => [layer, place] as const)));
const placeOf = (file: string) => places.get(layerOf(file)) ?? Number.NaN;
const tell = (wrong: readonly ImportEdge[]) => wrong.map(({ from, to }) => `${from} imports ${to}`);
const handWritten = [...files, ...globSync('{test,bench,demo,scripts}/**/*.ts', { cwd: root }).map((file) => file.split(path.sep).join('/'))];

describe('imports', () => {
  it('finds the source and what it imports', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(edges).toContainEqual({ from: 'src/events/log-feed.ts', to: 'src/events/log-tail.ts', typeOnly: false });
    expect(edges).toContainEqual({ from: 'src/events/log-tail.ts', to: 'src/events/events.ts', typeOnly: true });
  });

  it('has a place in the order for every layer', () => {
    expect(files.filter((file) => Number.isNaN(placeOf(file)))).toEqual([]);
  });

  it('goes one way, from layer to layer', () => {
    const wrong = edges.filter(({ from, to }) => to.startsWith('src/') && layerOf(from) !== layerOf(to) && placeOf(from) <= placeOf(to));
    expect(tell(wrong)).toEqual([]);
  });

  it('leaves the tenant only where this list says so', () => {
    const named = files.filter((file) => /\b(accessF|f|preparedF)orEveryOrganization\b/.test(readFileSync(path.join(root, file), 'utf8')));
    expect(named.filter((file) => !file.startsWith('src/db/')).sort()).toEqual(forEveryOrganization);
  });

  it('stays inside src', () => {
    expect(tell(edges.filter(({ to }) => to.startsWith('..') || /^(test|bench|demo|scripts)\//.test(to)))).toEqual([]);
  });

  it('never runs in a circle', () => {
    expect(firstCycle(edges.filter((edge) => !edge.typeOnly))).toEqual([]);
  });

  it('lets only the outer layers use the client', () => {
    const outer = ['client', 'http', 'graphiql-tabs', 'app', 'cli', 'main'];
    expect(tell(edges.filter(({ from, to }) => layerOf(to) === 'client' && to.startsWith('src/') && !outer.includes(layerOf(from))))).toEqual([]);
  });

  it('keeps GraphQL out of the operations', () => {
    const operations = edges.filter(({ from }) => nouns.includes(layerOf(from)) && !/\.(graphql|subscription)\.ts$/.test(from));
    expect(operations).not.toEqual([]);
    const wrong = operations.filter(
      ({ to }) => /^(graphql|graphql-\w+|@graphql-.*|@pothos\/.*)$/.test(to) || to === 'src/builder.ts' || to.endsWith('.graphql.ts'),
    );
    expect(tell(wrong)).toEqual([]);
  });

  it('keeps a connector to itself: the SPI, packages, its own folder', () => {
    const connectorOf = (file: string) => file.split('/')[2]?.replace(/\.ts$/, '');
    const ours = edges.filter(({ from, to }) => from.startsWith('src/connectors/') && to.startsWith('src/') && !catalogs.includes(from));
    const wrong = ours.filter(({ from, to }) => {
      if (layerOf(to) === 'connector') return false;
      return layerOf(to) !== 'connectors' || connectorOf(from) !== connectorOf(to);
    });
    expect(tell(wrong)).toEqual([]);
  });

  it('knows one SQLite library, which does not share its locks with another', () => {
    expect(globSync('node_modules/**/better-sqlite3/prebuilds', { cwd: root })).toEqual(['node_modules/better-sqlite3/prebuilds']);
    expect(tell(edges.filter(({ to }) => to === 'node:sqlite'))).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 250 lines, migrations and tests apart', () => {
    const lines = (file: string) => readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n').length;
    expect(handWritten.filter((file) => !/^(test|src\/db\/migrations)\//.test(file) && lines(file) > 250)).toEqual([]);
  });

  it('have names in kebab-case, with a known suffix', () => {
    const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.(entity|graphql|subscription|test))?\.ts$/;
    const folder = /^[a-z0-9]+(-[a-z0-9]+)*$/;
    const wrong = handWritten.filter(
      (file) =>
        !name.test(path.posix.basename(file)) ||
        !path.posix
          .dirname(file)
          .split('/')
          .every((part) => folder.test(part)),
    );
    expect(wrong).toEqual([]);
  });

  it('are no barrels', () => {
    expect(handWritten.filter((file) => path.posix.basename(file) === 'index.ts' && !catalogs.includes(file))).toEqual([]);
  });
});

describe('the reader of imports', () => {
  const read = (code: string) => importsOf('src/a/b.ts', code).map(({ to, typeOnly }) => (typeOnly ? `type ${to}` : to));

  it('sees every form of import and export', () => {
    const code = `import './side-effect.ts';
import one from '../c.ts';
import {
  two,
  type Three,
} from '@scope/name/deep';
import * as four from 'four/deep';
import type { Five } from './five.ts';
export { six } from './six.ts';
export * from './seven.ts';
export type { Eight } from './eight.ts';
const nine = await import('./nine.ts');
`;
    expect(read(code).sort()).toEqual(
      [
        'src/a/side-effect.ts',
        'src/c.ts',
        '@scope/name',
        'four',
        'type src/a/five.ts',
        'src/a/six.ts',
        'src/a/seven.ts',
        'type src/a/eight.ts',
        'src/a/nine.ts',
      ].sort(),
    );
  });

  it('takes no comment, text or plain export for one', () => {
    expect(read(`// import './a.ts';\n * import b from './b.ts'\nexport const c = 'd';\nexport function from() { return 'e'; }\n`)).toEqual([]);
  });

  it('names the files of a circle', () => {
    const edge = (from: string, to: string) => ({ from, to, typeOnly: false });
    expect(firstCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'd'), edge('d', 'b')])).toEqual(['b', 'c', 'd', 'b']);
  });
});
