import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, which can be filled to the last byte. */
export interface SmallDisk {
  readonly path: string;
  fill(): void;
  free(): void;
}

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });
const mountSmall = (path: string) => mount('-t', 'tmpfs', '-o', 'size=112m', 'tmpfs', path);

/** Why there is none on this machine; nothing when there is. */
export function noSmallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'headgate-mount-'));
  try {
    mountSmall(path);
    execFileSync('umount', [path]);
    return undefined;
  } catch {
    return 'a small file system cannot be mounted here: that takes root';
  } finally {
    rmSync(path, { recursive: true });
  }
}

export function mountSmallDisk(run: { cleanUp(step: () => unknown): void }): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'headgate-disk-'));
  mountSmall(path);
  run.cleanUp(() => {
    execFileSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true });
  });
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      for (let bytes = 1024 ** 2; bytes >= 1; bytes = bytes > 4096 ? 4096 : bytes / 2) fillBy(filler, Buffer.alloc(bytes));
    },
    free: () => rmSync(filler, { force: true }),
  };
}

function fillBy(file: string, piece: Buffer): void {
  try {
    for (;;) appendFileSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
