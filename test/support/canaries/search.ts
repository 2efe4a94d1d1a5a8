import { type Form, formsOf, marker } from './forms.ts';

/** A secret that nobody may show. */
export interface Planted {
  /** Says which it is, without a part of it. */
  readonly label: string;
  /** Text, or bytes in base64. */
  readonly value: string;
  /** @default "text" */
  readonly kind?: 'text' | 'bytes';
  /** Why one answer, or one line of a command's output, may have it in plain: it is made there and never shown again. */
  readonly shownOnce?: string;
}

export interface Hit {
  readonly label: string;
  readonly form: string;
  /** The secret may be shown once. */
  readonly once: boolean;
  readonly start: number;
  readonly end: number;
}

/** `hg_`, 26 characters of the id, `_`, 43 of the secret: found by its shape even when no test has named it. */
const apiKeyShape = /hg_[0-9a-z]{26}_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/y;
export const apiKeyLabel = 'an API key';
const apiKeyLength = 'hg_'.length + 26 + '_'.length + 43;
const markerForms = formsOf(marker);
/** Further ones of one form in one file say nothing new. */
const mostHits = 1000;

/** A search for these secrets, and for whatever has the marker or the shape of an API key. */
export function searcher(planted: Iterable<Planted>): (bytes: Buffer) => Hit[] {
  const all = [...planted].map(({ label, value, kind, shownOnce }) => ({
    label,
    value,
    once: shownOnce !== undefined,
    forms: formsOf(kind === 'bytes' ? Buffer.from(value, 'base64') : value),
  }));
  const unmarked = all.filter(({ value }) => !value.includes(marker));
  const marked = all.filter(({ value }) => value.includes(marker));
  const name = (bytes: Buffer, start: number, form: Form): Hit => {
    for (const secret of marked)
      for (const whole of secret.forms) {
        // The marker is somewhere in the secret: the whole begins before it, and not far.
        const from = Math.max(0, start - whole.bytes.length);
        const at = bytes.subarray(from, start + whole.bytes.length).indexOf(whole.bytes);
        if (at >= 0 && from + at <= start)
          return { label: secret.label, form: whole.name, once: secret.once, start: from + at, end: from + at + whole.bytes.length };
      }
    return { label: 'a part of a secret', form: form.name, once: false, start, end: start + form.bytes.length };
  };
  return (bytes) => {
    const hits: Hit[] = [];
    for (const form of markerForms) for (const start of placesOf(form.bytes, bytes)) hits.push(name(bytes, start, form));
    for (const { label, once, forms } of unmarked)
      for (const { name: form, bytes: needle } of forms)
        for (const start of placesOf(needle, bytes)) hits.push({ label, form, once, start, end: start + needle.length });
    for (const start of placesOf(Buffer.from('hg_'), bytes, Number.POSITIVE_INFINITY)) {
      apiKeyShape.lastIndex = 0;
      if (apiKeyShape.test(bytes.toString('latin1', start, start + apiKeyLength + 1)))
        hits.push({ label: apiKeyLabel, form: 'plain', once: true, start, end: start + apiKeyLength });
    }
    return hits.filter((hit, index) => hits.findIndex(({ start, end }) => start === hit.start && end === hit.end) === index);
  };
}

function* placesOf(needle: Buffer, bytes: Buffer, most = mostHits): Generator<number> {
  for (let at = bytes.indexOf(needle); at >= 0 && most > 0; at = bytes.indexOf(needle, at + 1), most--) yield at;
}

const ofASecret = /[\w+/=%\\&.-]/;

/** A hit for a person: what stands around it, with everything masked that belongs to a secret. */
export function describeHit(bytes: Buffer, { label, form, start, end }: Hit): string {
  let [from, to] = [start, end];
  while (from > 0 && start - from < 200 && ofASecret.test(String.fromCharCode(bytes[from - 1] ?? 0))) from--;
  while (to < bytes.length && to - end < 200 && ofASecret.test(String.fromCharCode(bytes[to] ?? 0))) to++;
  const readable = (part: Buffer) =>
    [...part.toString()]
      .map((character) => (character < ' ' || character === '\ufffd' ? '.' : character))
      .join('')
      .replace(new RegExp(`[\\w-]*${marker}\\w*|hg_[0-9a-z]{26}_[\\w-]*`, 'g'), '‹masked›');
  const [before, after] = [bytes.subarray(Math.max(0, from - 120), from), bytes.subarray(to, to + 60)];
  return `${label}, ${form}: …${readable(before)}‹masked›${readable(after)}…`;
}
