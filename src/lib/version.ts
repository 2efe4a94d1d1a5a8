import { readFileSync } from 'node:fs';

/** Of this package. */
export function headgateVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
