import { basename } from 'node:path';
import { SourceFailure } from '../../connector/failures.ts';
import { findFiles, isGlob, nameOfGlob } from './find-files.ts';
import { withoutExtensions } from './format.ts';
import { fileNameOf, openHttp } from './open-http.ts';
import { openLocal } from './open-local.ts';
import type { OpenedFile } from './opened-file.ts';
import type { FilesContext } from './settings.ts';

const mostStreams = 1000;

/** A file that can be opened. */
export interface Input {
  /** From the root, or the name of the file behind a URL. */
  readonly path: string;
  /** @throws SourceFailure */
  open(): Promise<OpenedFile>;
}

/** The files that make up one stream. */
export interface FileStream {
  readonly name: string;
  readonly files: readonly Input[];
  /** One of several, whether or not a glob matches more than one now. */
  readonly isMerged: boolean;
}

/** The streams that the config stands for, in a stable order. @throws SourceFailure CONFIG when a glob matches nothing, or too much */
export async function listFileStreams(context: FilesContext): Promise<readonly FileStream[]> {
  const { config, credentials, dial, signal } = context;
  const { url, path = '' } = config;
  const local = (each: string): Input => ({ path: each, open: () => openLocal(each, context, signal) });
  const single = (name: string, file: Input): FileStream => ({ name, files: [file], isMerged: false });

  if (url !== undefined) {
    const fileName = fileNameOf(url);
    return [single(withoutExtensions(fileName), { path: fileName, open: () => openHttp(url, credentials, dial, signal) })];
  }
  if (!(await isGlob(path, context))) return [single(withoutExtensions(basename(path)), local(path))];

  const paths = await findFiles(path, context);
  if (config.globStreams === 'merged') return [{ name: nameOfGlob(path), files: paths.map(local), isMerged: true }];
  if (paths.length > mostStreams)
    throw new SourceFailure('CONFIG', `The glob matches ${paths.length} files, too many for a stream each; merge them, or narrow it.`);
  const names = paths.map(withoutExtensions);
  // Two files that differ by their extension only keep it.
  return paths.map((each, index) => single(names.filter((name) => name === names[index]).length > 1 ? each : (names[index] as string), local(each)));
}
