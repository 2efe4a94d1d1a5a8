import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shownKeys } from './captured.ts';
import { describeHit, type Planted, searcher } from './search.ts';

/** One folder for a run of tests, in it one for each test file, which all processes of that file share. Unset outside of vitest: then nothing is kept. */
export const runFolderVariable = 'CANARY_RUN';
const fileFolderVariable = 'CANARY_FOLDER';

/** What this process has planted. */
export const planted: Planted[] = [];

export function openFolderOf(testFile: string): void {
  const run = process.env[runFolderVariable];
  if (!run) return;
  const folder = join(run, testFile.replaceAll('/', '--'));
  mkdirSync(join(folder, 'captures'), { recursive: true });
  process.env[fileFolderVariable] = folder;
}

function append(name: string, content: string | Buffer): void {
  const folder = process.env[fileFolderVariable];
  if (folder) appendFileSync(join(folder, name), content);
}

/** Has the secret looked for in all that is captured by this test file, before and after. */
export function plant(secret: Planted): string {
  if (!planted.some(({ value }) => value === secret.value)) {
    planted.push(secret);
    append('planted', `${JSON.stringify(secret)}\n`);
  }
  return secret.value;
}

const pending = new Map<string, Buffer[]>();
let pendingBytes = 0;
const mostPendingBytes = 1_000_000;

/** Keeps bytes that somebody was shown, for the search at the end of the run. Bytes under one name follow each other without a gap. */
export function capture(name: string, shown: string | Buffer): void {
  // A copy, which is in a pool: small pieces of a socket have a memory allocation of their own each.
  const bytes = Buffer.from(shown as string);
  const before = pending.get(name);
  if (before) before.push(bytes);
  else pending.set(name, [bytes]);
  pendingBytes += bytes.length;
  if (pendingBytes > mostPendingBytes) flushCaptures();
}

/** A file opened and closed for each of 100,000 frames would slow down what is tested. */
export function flushCaptures(): void {
  for (const [name, chunks] of pending) append(join('captures', name), Buffer.concat(chunks));
  pending.clear();
  pendingBytes = 0;
}

/** Looks for secrets in the files of a data folder. */
export function findInFolder(folder: string): string[] {
  flushCaptures();
  const fileFolder = process.env[fileFolderVariable];
  const search = searcher([...planted, ...(fileFolder ? shownKeys(fileFolder) : [])]);
  // The key file is the vault: the one file that is there to hold secrets.
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'encryption.keys');
  return files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const bytes = readFileSync(path);
    return search(bytes).map((hit) => `${path}: ${describeHit(bytes, hit)}`);
  });
}

/** Looks into a folder that is removed before the run ends, so that the last step knows. */
export function searchFolder(folder: string): void {
  if (existsSync(folder)) for (const finding of findInFolder(folder)) append('findings', `${JSON.stringify(finding)}\n`);
}
