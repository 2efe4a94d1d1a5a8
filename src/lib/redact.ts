/** Values shorter than this occur by chance in harmless text and are left alone. */
const shortestSecret = 4;

/**
 * Makes a function that blanks the given secrets in any text, also in the forms that libraries print them in:
 * JSON-escaped, URL-encoded and base64.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
    forms.add(Buffer.from(secret).toString('base64'));
  }
  // The longest first, so that a secret that contains another one goes whole.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((redacted, form) => redacted.replaceAll(form, '[redacted]'), text);
}
