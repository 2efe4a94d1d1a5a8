import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ImportEdge {
  /** A file, from the root of the project: `src/lib/log.ts`. */
  readonly from: string;
  /** Such a file, or the name of a package or built-in module: `@pothos/core`. */
  readonly to: string;
  /** `import type`: gone when the program runs. */
  readonly typeOnly: boolean;
}

// Statements begin a line (the formatter sees to it), so that no comment or text is taken for one.
const statement = /^(?:import|export)\s+(type\s+)?(?:[\w$*\s,{}]*?\sfrom\s*)?'([^'\n]+)'/gm;
const dynamicImport = /\bimport\(\s*'([^'\n]+)'/g;

/** Every source file of ours that is written by hand. */
export function sourceFiles(root: string): string[] {
  return globSync('src/**/*.ts', { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.startsWith('src/client/generated/'))
    .sort();
}

export function importEdges(root: string, files: readonly string[]): ImportEdge[] {
  return files.flatMap((from) => importsOf(from, readFileSync(path.join(root, from), 'utf8')));
}

/** What a file imports, also by `export … from` and by `import()` of a plain text. */
export function importsOf(from: string, code: string): ImportEdge[] {
  const to = (specifier: string) => (specifier.startsWith('.') ? path.posix.join(path.posix.dirname(from), specifier) : packageOf(specifier));
  return [
    ...[...code.matchAll(statement)].map(([, type, specifier = '']) => ({ from, to: to(specifier), typeOnly: type !== undefined })),
    ...[...code.matchAll(dynamicImport)].map(([, specifier = '']) => ({ from, to: to(specifier), typeOnly: false })),
  ];
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** `src/http/body.ts`, `src/http.ts` and `src/http.graphql.ts` are of the layer `http`. */
export function layerOf(file: string): string {
  return (file.split('/')[1] ?? '').replace(/\..*$/, '');
}

/** The files of a circle, the first one again at the end; `[]` when there is none. */
export function firstCycle(edges: readonly ImportEdge[]): string[] {
  const imports = Map.groupBy(edges, (edge) => edge.from);
  const done = new Set<string>();
  const trail: string[] = [];

  function visit(file: string): string[] {
    if (done.has(file)) return [];
    const start = trail.indexOf(file);
    if (start >= 0) return [...trail.slice(start), file];
    trail.push(file);
    for (const { to } of imports.get(file) ?? []) {
      const cycle = visit(to);
      if (cycle.length > 0) return cycle;
    }
    trail.pop();
    done.add(file);
    return [];
  }

  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
