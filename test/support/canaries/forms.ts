/** In every secret that tests make, so that one search finds them all. Lower case, letters and digits: no encoding of text changes it. */
export const marker = 'hgcanary7q4z';

export interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Shorter ones would be found where nobody leaked anything. */
const shortestForm = 8;

/** The forms that libraries print a secret in. Those that come out alike are there once, under the first of their names. */
export function formsOf(secret: string | Buffer): Form[] {
  const bytes = Buffer.from(secret as string);
  const forms: [name: string, text: string | Buffer][] = [['plain', bytes]];
  if (typeof secret === 'string') {
    const json = JSON.stringify(secret).slice(1, -1);
    forms.push(
      ['JSON-escaped', json],
      ['JSON-escaped in ASCII', json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)],
      ['JSON-escaped twice', JSON.stringify(json).slice(1, -1)],
      ['URL-encoded', encodeURIComponent(secret)],
      ['URL-encoded', encodeURI(secret)],
      ['URL-encoded', new URLSearchParams({ secret }).toString().slice('secret='.length)],
      ['HTML-escaped', secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')],
    );
  }
  forms.push(['hex', bytes.toString('hex')], ['hex', bytes.toString('hex').toUpperCase()]);
  for (const offset of [0, 1, 2]) {
    const text = base64At(offset, bytes);
    forms.push([`base64 at offset ${offset}`, text], [`base64url at offset ${offset}`, text.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  const once = new Map<string, Form>();
  for (const [name, text] of forms) {
    const form = { name, bytes: Buffer.from(text as string) };
    const key = form.bytes.toString('latin1');
    if (form.bytes.length >= shortestForm && !once.has(key)) once.set(key, form);
  }
  return [...once.values()];
}

/** What the bytes look like in the base64 of a text that has `offset` bytes (modulo 3) before them: the characters that the neighbours do not change. */
function base64At(offset: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  return text.slice(Math.ceil((8 * offset) / 6), Math.floor((8 * (offset + bytes.length)) / 6));
}
