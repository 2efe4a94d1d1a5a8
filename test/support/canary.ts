import { randomBytes } from 'node:crypto';

const planted = new Set<string>();

/**
 * A secret that occurs nowhere else, for a test to look for afterwards. Characters are in it that JSON and URLs write differently,
 * so that a search for the plain text alone would miss it.
 */
export function canary(label = 'secret'): string {
  const secret = `${label}-"${randomBytes(9).toString('hex')}&ü`;
  planted.add(secret);
  return secret;
}

/** As `canary`, of letters, digits and hyphens only: for headers, and for places where a document quotes nothing. */
export function plainCanary(label = 'secret'): string {
  const secret = `${label}${randomBytes(9).toString('hex')}`;
  planted.add(secret);
  return secret;
}

/** The forms that libraries print a text in. Base64 at each of its three offsets, without the ends that depend on the neighbours. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const inner = text.slice(offset === 0 ? 0 : 4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    ...new Set([secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), encodeURI(secret), bytes.toString('hex'), ...base64]),
  ];
}

/** Where planted secrets are found: the names of the haystacks, with the label and the form. Empty when all is well. */
export function findCanaries(haystacks: Iterable<readonly [name: string, content: string | Buffer]>, secrets: Iterable<string> = planted): string[] {
  const needles = [...secrets].flatMap((secret) => formsOf(secret).map((form) => ({ secret, form, bytes: Buffer.from(form) })));
  const found: string[] = [];
  for (const [name, content] of haystacks) {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
    for (const { secret, form, bytes: needle } of needles) {
      const at = bytes.indexOf(needle);
      if (at >= 0) found.push(`${name}: ${secret} as ${form}, in …${bytes.subarray(Math.max(0, at - 120), at + needle.length + 40).toString()}…`);
    }
  }
  return found;
}
