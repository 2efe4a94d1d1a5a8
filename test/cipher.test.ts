import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { open as openSealed, SealBrokenError, seal as sealWith } from '../src/lib/cipher.ts';
import { openKeyRing, readOrCreateKeyFile, writeKeyFile } from '../src/lib/key-file.ts';
import { type EncryptionKey, generateKey, keyRingOf, parseKeyRing, printKeyRing } from '../src/lib/key-ring.ts';
import { canary, findCanaries } from './support/canary.ts';

const keyNamed = (id: string) => ({ ...generateKey(new Date()), id });
const [older, newer] = [keyNamed('older'), keyNamed('newer')];
const row = 'org_1|cred_1';
const seal = (keys: readonly EncryptionKey[], boundTo: string, text: string) => sealWith(keyRingOf(keys), boundTo, text);
const open = (keys: readonly EncryptionKey[], boundTo: string, sealed: string) => openSealed(keyRingOf(keys), boundTo, sealed);
const secret = canary();

describe('a sealed value', () => {
  it.each(['', 'x', secret, '\u0000\u{1F600}', 'x'.repeat(100_000)])('opens to what was sealed', (text) => {
    expect(open([older], row, seal([older], row, text))).toBe(text);
  });

  it('shows nothing of the secret, and is another one each time', () => {
    const values = Array.from({ length: 50 }, () => seal([older], row, secret));
    expect(new Set(values).size).toBe(50);
    expect(findCanaries(values.map((value) => ['sealed', Buffer.from(value.split('.')[2] ?? '', 'base64url')]))).toEqual([]);
  });

  it('copied to another row or another organization does not open', () => {
    const sealed = seal([older], row, secret);
    for (const elsewhere of ['org_1|cred_2', 'org_2|cred_1', '', 'org_1|cred_', 'org_1cred_1'])
      expect(() => open([older], elsewhere, sealed)).toThrow(SealBrokenError);
  });

  it('altered in any byte does not open', () => {
    const [version, keyId, encoded = ''] = seal([older], row, 'short').split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const altered = Buffer.from(bytes);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => open([older], row, `${version}.${keyId}.${altered.toString('base64url')}`)).toThrow(SealBrokenError);
    }
  });

  it.each(['', 'v1', 'v1.older', 'v1.older.', 'v1.older.AAAA', 'v2.older.AAAA', 'nonsense'])('that is broken off (%j) does not open', (sealed) => {
    expect(() => open([older], row, sealed)).toThrow(SealBrokenError);
  });

  it('is sealed with the newest key and opens with every key of the ring', () => {
    const before = seal([older], row, secret);
    const after = seal([newer, older], row, secret);
    expect(after).toMatch(/^v1\.newer\./);
    expect([open([newer, older], row, before), open([newer, older], row, after)]).toEqual([secret, secret]);
    expect(() => open([older], row, after)).toThrow(/newer/);
  });

  it('does not open with another key of the same name', () => {
    expect(() => open([keyNamed('older')], row, seal([older], row, secret))).toThrow(SealBrokenError);
  });

  it('says nothing of the value when it does not open', () => {
    const sealed = seal([older], row, secret);
    try {
      open([older], 'elsewhere', sealed);
      expect.unreachable();
    } catch (error) {
      expect(`${(error as Error).stack}`).not.toContain(sealed.split('.')[2]);
    }
  });
});

describe('a key ring', () => {
  it('reads what it prints, separated by commas or lines, the newest first', () => {
    const printed = printKeyRing([newer, older]);
    expect(parseKeyRing(printed)).toEqual([newer, older]);
    expect(parseKeyRing(printed.trim().replace('\n', ' , '))).toEqual([newer, older]);
  });

  const base64 = keyNamed('x').key.toString('base64');
  it.each([
    ['nothing', ''],
    ['no key id', base64],
    ['no key id, without padding', base64.replaceAll('=', '').replaceAll(/[+/]/g, 'A')],
    ['a hex key without an id', Buffer.from(base64, 'base64').toString('hex')],
    ['a key that is too short', `k1:${base64.slice(0, 40)}`],
    ['a key in hex', `k1:${Buffer.from(base64, 'base64').toString('hex')}`],
    ['the same id twice', `k1:${base64},k1:${base64}`],
    ['an id with spaces', `k 1:${base64}`],
    ['what is no base64 in the middle', `k1:${base64.slice(0, 20)}!!${base64.slice(20)}`],
  ])('with %s is refused, and no part of a key is in the message', (_title, text) => {
    try {
      parseKeyRing(text);
      expect.unreachable();
    } catch (error) {
      const { message } = error as Error;
      expect(message.length).toBeGreaterThan(10);
      for (const part of text.split(/[:,]/).filter((part) => part.length >= 8)) expect(message).not.toContain(part);
    }
  });
});

describe('the key file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made with one key, for its owner alone, and read again', () => {
    const path = join(folder, 'new', 'encryption.keys');
    const before = process.umask(0);
    const keys = readOrCreateKeyFile(path);
    process.umask(before);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readOrCreateKeyFile(path)).toEqual(keys);
    expect(readFileSync(path, 'utf8')).toBe(printKeyRing(keys));
  });

  it('that is replaced is noticed: the new key seals, the old one still opens what was read before', () => {
    const file = join(folder, 'replaced.keys');
    writeKeyFile(file, [older]);
    const ring = openKeyRing({ file, ours: true });
    const before = sealWith(ring, row, secret);
    const others = sealWith(keyRingOf([newer]), row, secret);
    writeKeyFile(file, [newer, older]);
    expect(openSealed(ring, row, others)).toBe(secret);
    writeKeyFile(file, [newer]);
    expect(sealWith(ring, row, secret)).toMatch(/^v1\.newer\./);
    expect(openSealed(ring, row, before)).toBe(secret);
    expect(() => openSealed(openKeyRing({ file, ours: true }), row, before)).toThrow(SealBrokenError);
  });

  it('that is gone seals nothing, for what was sealed could be opened by nobody', () => {
    const file = join(folder, 'gone.keys');
    writeKeyFile(file, [older]);
    const ring = openKeyRing({ file, ours: true });
    rmSync(file);
    expect(() => sealWith(ring, row, secret)).toThrow('ENOENT');
  });

  it.each([0o640, 0o604, 0o620, 0o666])('with mode %i is refused with what to do about it', (mode) => {
    const path = join(folder, `open-${mode}`);
    const umask = process.umask(0);
    writeFileSync(path, printKeyRing([older]), { mode });
    process.umask(umask);
    expect(() => readOrCreateKeyFile(path)).toThrow(`chmod 600 ${path}`);
  });
});
