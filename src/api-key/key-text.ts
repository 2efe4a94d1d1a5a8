import { randomBytes } from 'node:crypto';

const secretBytes = 32;
/** The suffix of a TypeID, and 32 bytes as base64url. */
const keyText = /^hg_([0-7][0-9a-hjkmnp-tv-z]{25})_([\w-]{43})$/;

/** A key as its holder has it: `hg_<suffix of its id>_<43 characters>`. */
export interface KeyText {
  /** `key_…` */
  readonly id: string;
  readonly text: string;
}

/** What a person recognises a key by, and programs that search for leaked keys. */
export function prefixOfKey(id: string): string {
  return id.replace(/^key_/, 'hg_');
}

/** The id that a prefix stands for, or a whole key, or an id itself. */
export function idOfKey(text: string): string {
  return text.replace(/^hg_([^_]*).*$/s, 'key_$1');
}

export function newKeyText(id: string): string {
  return `${prefixOfKey(id)}_${randomBytes(secretBytes).toString('base64url')}`;
}

/** `undefined` for what cannot be a key. */
export function parseKeyText(text: string): KeyText | undefined {
  const [, suffix] = keyText.exec(text) ?? [];
  return suffix === undefined ? undefined : { id: `key_${suffix}`, text };
}

/** The key of a name and a password: the name is the key's id or its prefix, the password the whole key or what comes after the prefix. */
export function keyTextOf(name: string, password: string): KeyText | undefined {
  const prefix = prefixOfKey(name);
  return parseKeyText(password.startsWith(`${prefix}_`) ? password : `${prefix}_${password}`);
}
