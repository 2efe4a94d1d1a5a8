import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export interface Bundle {
  readonly code: string;
  readonly gzippedBytes: number;
  /** Every file that is in it. */
  readonly files: readonly string[];
}

/** What a page gets that does `code`, minified for browsers. */
export async function bundleForBrowser(code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: new URL('../../src/client', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'headgate',
    platform: 'browser',
  });
  const [file] = outputFiles;
  if (!file) throw new Error('esbuild made no bundle.');
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  return { code: file.text, gzippedBytes: gzipSync(file.contents, { level: 9 }).length, files };
}
