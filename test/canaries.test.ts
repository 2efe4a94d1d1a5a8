import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formsOf, marker } from './support/canaries/forms.ts';
import { describeHit, searcher } from './support/canaries/search.ts';

const value = `p-"${marker}${randomBytes(9).toString('hex')}&ü`;
const key = randomBytes(32);
const hits = (text: string | Buffer) => {
  const bytes = Buffer.from(text as string);
  const search = searcher([
    { label: 'password', value },
    { label: 'key', value: key.toString('base64'), kind: 'bytes' },
  ]);
  return search(bytes).map((hit) => ({ ...hit, described: describeHit(bytes, hit) }));
};
const base64 = (before: string, encoding: BufferEncoding = 'base64') => Buffer.from(`${before}${value} and more`).toString(encoding);

describe('the search at the end of a run', () => {
  it.each([
    ['plain', value],
    ['JSON-escaped', JSON.stringify({ value })],
    ['JSON-escaped in ASCII', JSON.stringify({ value }).replace('ü', '\\u00fc')],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify({ value }))],
    ['URL-encoded', `/?q=${encodeURIComponent(value)}&x=1`],
    ['URL-encoded', new URLSearchParams({ value }).toString()],
    ['URL-encoded', encodeURI(`http://h/${value}`)],
    ['HTML-escaped', `<b>p-&quot;${value.slice(3).replace('&', '&amp;')}</b>`],
    ['hex', Buffer.from(value).toString('hex')],
    ['hex', Buffer.from(value).toString('hex').toUpperCase()],
    ['base64 at offset 0', base64('')],
    ['base64 at offset 1', base64('ada:')],
    ['base64 at offset 2', base64('alice')],
    ['base64', base64('ada:', 'base64url')],
  ])('finds a secret that is %s', (form, text) => {
    expect(hits(`before ${text} after`)).toMatchObject([{ label: 'password', form: expect.stringContaining(form) }]);
    expect(hits(`before ${text} after`)[0]?.described).toMatch(/^password, .*: …before .*‹masked›.* after…$/);
    expect(hits(`before ${text} after`)[0]?.described).not.toContain(value.slice(3, 20));
  });

  it.each([
    ['raw', key],
    ['hex', key.toString('hex')],
    ['base64', key.toString('base64')],
    ['base64url', key.toString('base64url')],
    ['base64 in something else', Buffer.concat([Buffer.from('k1:'), key, Buffer.from('!')]).toString('base64')],
    ['base64 in something longer', Buffer.concat([Buffer.from('key:'), key, Buffer.from('!')]).toString('base64')],
  ])('finds the bytes of a key, %s', (_form, text) => {
    expect(hits(Buffer.concat([Buffer.from('before '), Buffer.from(text as string), Buffer.from(' after')]))).toMatchObject([{ label: 'key' }]);
  });

  it('finds a part of a secret, a secret that nobody named, and every API key', () => {
    expect(hits(`…${value.slice(0, 20)}`)).toMatchObject([{ label: 'a part of a secret', form: 'plain' }]);
    expect(hits(Buffer.from(`another${marker}0123`).toString('base64'))).toMatchObject([{ label: 'a part of a secret' }]);
    const apiKey = `hg_${'0'.repeat(26)}_${'-'.repeat(43)}`;
    expect(hits(`{"key":"${apiKey}"}`)).toMatchObject([{ label: 'an API key', described: 'an API key, plain: …{"key":"‹masked›"}…' }]);
    expect(hits(`hg_nothing ${apiKey.slice(0, -1)} ${apiKey}x`)).toEqual([]);
  });

  it('knows each form by its bytes alone', () => {
    for (const { bytes } of formsOf(value)) expect(hits(bytes)).not.toEqual([]);
  });

  it('makes a run fail whose tests pass, and says what was found where without showing it', async () => {
    const script = `
      const { startVitest } = await import('vitest/node');
      await (await startVitest('test', [], { run: true, watch: false, include: ['test/support/canaries/leaks.ts'] })).exit();`;
    const { status, printed } = await new Promise<{ status: unknown; printed: string }>((resolve) =>
      execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: new URL('..', import.meta.url) }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, printed: stdout + stderr }),
      ),
    );
    expect(printed).toMatch(/1 passed/);
    expect(status).toBe(1);
    const kept = /which are in (\S+):/.exec(printed)?.[1];
    if (kept) rmSync(kept, { recursive: true });
    const found = printed.matchAll(/^ {4}(\S+?)(?:-\d+)?(?:-node)?: (\w[^:]*, [^:]*): …/gm);
    expect([...found].map(([, where, what]) => `${where?.replace(/.*\//, '')}: ${what?.replace(/k\d{8}-\w+/, 'k1')}`).sort()).toEqual([
      'answers: an API key, plain',
      'answers: answered, plain',
      'argv: argument, plain',
      'backup.db: the secret of an API key, base64 at offset 2',
      'headgate.db-wal: stored, URL-encoded',
      'headgate.db: encryption key k1, plain',
      'stderr: printed, JSON-escaped',
    ]);
    expect(printed).not.toContain(marker);
  }, 60_000);
});
