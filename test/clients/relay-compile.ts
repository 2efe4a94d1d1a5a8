import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConcreteRequest, ReaderFragment } from 'relay-runtime';
import { documents } from './relay-documents.ts';

export interface Artifacts {
  request(name: string): ConcreteRequest;
  fragment(name: string): ReaderFragment;
  remove(): Promise<void>;
}

/** Compiles the documents against our schema, in a folder of its own. @throws with what the compiler says */
export async function compileRelay(): Promise<Artifacts> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-relay-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const schema = 'schema.graphql';
  const require = createRequire(import.meta.url);
  await mkdir(join(folder, 'artifacts'));
  await copyFile(new URL('../../schema.graphql', import.meta.url), join(folder, schema));
  await writeFile(join(folder, 'headgate.js'), documents.map((text) => `graphql\`${text}\`;`).join('\n'));
  const config = { src: '.', schema, language: 'javascript', artifactDirectory: './artifacts', eagerEsModules: false, noSourceControl: true };
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify(config));
  await promisify(execFile)(process.execPath, [require.resolve('relay-compiler/cli.js'), 'relay.config.json'], { cwd: folder }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  const load = (name: string) => require(join(folder, 'artifacts', `${name}.graphql.js`));
  return { request: load, fragment: load, remove };
}
