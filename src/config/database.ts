import { join, resolve } from 'node:path';

/** Where the control database is: a file of this machine, or a PostgreSQL that any number of gateways and workers share. */
export type DatabaseLocation =
  | { readonly engine: 'sqlite'; readonly path: string }
  /** The URL has a password in it. */
  | { readonly engine: 'postgresql'; readonly url: string };

export type SqliteLocation = Extract<DatabaseLocation, { engine: 'sqlite' }>;

const examples = 'sqlite:PATH or postgresql://USER:PASSWORD@HOST/DATABASE, for example sqlite:./data/headgate.db';

/** @throws Error that completes a sentence which begins with the variable's name, and never holds its value */
export function databaseLocation(url: string | null, dataDir: string, workingDirectory: string): DatabaseLocation {
  if (url === null) return { engine: 'sqlite', path: join(dataDir, 'headgate.db') };
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length)
    return { engine: 'sqlite', path: resolve(workingDirectory, url.slice('sqlite:'.length)) };
  if (/^postgres(ql)?:\/\//.test(url)) return { engine: 'postgresql', url: checkedUrl(url) };
  throw new Error(`must be ${examples}`);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.pathname.length < 2) throw new Error(`must name a database: ${examples}`);
  return text;
}
