import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A rename in the folder has to outlive a power cut. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
