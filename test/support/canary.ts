import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EncryptionKey, generateKey } from '../../src/lib/key-ring.ts';
import { marker } from './canaries/forms.ts';
import { plant, planted } from './canaries/run-folder.ts';
import { describeHit, searcher } from './canaries/search.ts';

/**
 * A secret that occurs nowhere else. Whatever the gateways and commands of the test print, answer and store is searched for it when the run ends.
 * Characters are in it that JSON and URLs write differently.
 */
export const canary = (label = 'secret'): string => plant({ label, value: `${label}-"${marker}${randomBytes(9).toString('hex')}&ü` });

/** As `canary`, of letters, digits and hyphens only: for headers, and for places where a document quotes nothing. */
export const plainCanary = (label = 'secret'): string => plant({ label, value: `${label}${marker}${randomBytes(9).toString('hex')}` });

/** A secret that the gateway made: one answer shows it, to whoever asked for it. */
export const shownOnce = (label: string, value: string): string => plant({ label, value, shownOnce: 'made by the gateway, and answered once' });

const named = new Map<string, string>();

/** As `plainCanary`: the same for the same name, in one test file. */
export function canaryNamed(name: string): string {
  const known = named.get(name) ?? plainCanary(name);
  named.set(name, known);
  return known;
}

const plantKey = (id: string, value: string): string => plant({ label: `encryption key ${id}`, value, kind: 'bytes' });

/** A new encryption key. */
export function canaryKey(): EncryptionKey {
  const made = generateKey(new Date());
  plantKey(made.id, made.key.toString('base64'));
  return made;
}

/** Has the keys of a data folder looked for as well. */
export function plantKeysOf(dataDir: string): void {
  const path = join(dataDir, 'encryption.keys');
  if (!existsSync(path)) return;
  // Tests put broken ones there too.
  for (const [, id, value] of readFileSync(path, 'utf8').matchAll(/^([\w-]+):(\S+)$/gm))
    if (id && value && Buffer.from(value, 'base64').length === 32) plantKey(id, value);
}

/** As `canary`, but no secret: for what is sent where it may be shown again (a name, an id), and still has no place elsewhere. Only `findCanaries` looks for it. */
export const probe = (): string => `probe-"${randomBytes(12).toString('hex')}&ü`;

/** Where planted secrets, and these probes, are found: for a test that looks for itself before the run ends. Empty when all is well. */
export function findCanaries(haystacks: Iterable<readonly [name: string, content: string | Buffer]>, probes: readonly string[] = []): string[] {
  const search = searcher([...planted, ...probes.map((value) => ({ label: 'probe', value }))]);
  return [...haystacks].flatMap(([name, content]) => {
    const bytes = Buffer.from(content as string);
    return search(bytes).map((hit) => `${name}: ${describeHit(bytes, hit)}`);
  });
}
