import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createKeyByCli } from '../support/keys.ts';
import { mutate } from '../support/mutate.ts';

const folder = mkdtempSync(join(tmpdir(), 'headgate-cli-keys-'));
const gateways: Gateway[] = [];
afterAll(async () => {
  for (const gateway of gateways) await gateway.cleanUp();
  rmSync(folder, { recursive: true, force: true });
});
const keys = (dataDir: string, ...args: string[]) => runCommand(['keys', ...args], { env: { HEADGATE_DATA_DIR: dataDir } });
const start = async (dataDir: string) => {
  const gateway = await startGateway({ dataDir, env: { HEADGATE_AUTH: 'keys' } });
  gateways.push(gateway);
  return gateway;
};
const whoAmI = '{ viewer { role organization { name } actor { name email } } }';
const keyText = /^hg_[0-9a-z]{26}_[\w-]{43}$/;

describe('headgate keys', () => {
  it('create works before the first start, and a gateway then knows the key', async () => {
    const dataDir = join(folder, 'first');
    const options = ['--organization', 'Acme', '--role', 'admin', '--name', 'Deploy', '--email', 'ops@acme.example', '--expires', '2099-12-31'];
    const created = await keys(dataDir, 'create', ...options);
    // The key alone, so that `KEY=$(headgate keys create …)` works; what a person wants to know is beside it.
    expect([created.status, created.stdout.trim()]).toEqual([0, expect.stringMatching(keyText)]);
    expect(created.stderr).toContain('Acme');
    expect(created.stderr).not.toContain(created.stdout.trim().slice(30));
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'encryption.keys')).mode & 0o777).toBe(0o600);
    const gateway = await start(dataDir);
    const caller = gateway.as({ headers: { 'X-API-Key': created.stdout.trim() } });
    const actor = { name: 'Deploy', email: 'ops@acme.example' };
    expect(await caller.query(whoAmI)).toEqual({ viewer: { role: 'ADMIN', organization: { name: 'Acme' }, actor } });
  });

  it('create works beside a running gateway, for an organization by name or id, also several at once', async () => {
    const [gateway] = gateways as [Gateway];
    const { dataDir } = gateway;
    const made = await Promise.all(['Globex', 'Globex', 'Acme'].map((name) => createKeyByCli(dataDir, '--organization', name, '--role', 'EDITOR')));
    const [first, second, acme] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]];
    expect(first.organizationId).toBe(second.organizationId);
    expect(acme.organizationId).not.toBe(first.organizationId);
    for (const { key } of made)
      expect(await gateway.as({ headers: { 'X-API-Key': key } }).query(whoAmI)).toMatchObject({ viewer: { role: 'EDITOR' } });
    const editor = gateway.as({ headers: { 'X-API-Key': first.key } });
    const { id } = (await mutate(editor, 'createCollection', { name: 'Shop' }))['collection'];
    const part = await createKeyByCli(dataDir, '--organization', first.organizationId, '--role', 'VIEWER', '--collection', id);
    expect(part.organizationId).toBe(first.organizationId);
    const foreign = await keys(dataDir, 'create', '--organization', 'Acme', '--role', 'VIEWER', '--collection', id);
    expect([foreign.status, foreign.stdout]).toEqual([1, '']);
    expect(foreign.stderr).toContain('There is no such collection');
    const nobody = await keys(dataDir, 'create', '--organization', 'org_01h455vb4pex5vsknk084sn02q', '--role', 'VIEWER');
    expect([nobody.status, nobody.stdout]).toEqual([1, '']);
  });

  it('list shows keys of every organization or of one, and never the keys themselves; revoke takes an id or a prefix', async () => {
    const [gateway] = gateways as [Gateway];
    const { dataDir } = gateway;
    const all = (await keys(dataDir, 'list', '--json')).lines()[0];
    expect(all).toHaveLength(5);
    const globex = (await keys(dataDir, 'list', '--json', '--organization', 'Globex')).lines()[0];
    expect(globex).toHaveLength(3);
    expect(globex[0]).toMatchObject({
      role: 'VIEWER',
      collectionIds: [expect.stringMatching(/^col_/)],
      organization: { name: 'Globex' },
      revokedAt: null,
    });
    const [newest, other] = globex;
    expect((await keys(dataDir, 'revoke', newest.prefix)).status).toBe(0);
    expect((await keys(dataDir, 'revoke', other.id, '--json')).lines()).toEqual([{ id: other.id, revokedAt: expect.any(String) }]);
    const table = await keys(dataDir, 'list');
    expect([table.status, table.stderr]).toEqual([0, '']);
    const lines = table.stdout.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.filter((line) => line.includes('revoked'))).toHaveLength(2);
    for (const line of lines) expect(line).not.toMatch(/_[\w-]{43}/);
    const unknown = await keys(dataDir, 'revoke', 'key_01h455vb4pex5vsknk084sn02q');
    expect([unknown.status, unknown.stderr]).toEqual([1, 'There is no such API key. See: headgate keys list\n']);
    const nowhere = await keys(dataDir, 'list', '--organization', 'Initech');
    expect([nowhere.status, nowhere.stderr]).toEqual([1, 'There is no such organization.\n']);
  });

  it('stay good when the encryption keys are rotated', async () => {
    const [gateway] = gateways as [Gateway];
    const { key } = await createKeyByCli(gateway.dataDir, '--organization', 'Acme', '--role', 'VIEWER');
    const caller = gateway.as({ headers: { 'X-API-Key': key } });
    expect(await caller.query(whoAmI)).toMatchObject({ viewer: { role: 'VIEWER' } });
    const env = { HEADGATE_DATA_DIR: gateway.dataDir };
    const before = readFileSync(join(gateway.dataDir, 'encryption.keys'), 'utf8');
    expect((await runCommand(['encryption-keys', 'rotate'], { env })).status).toBe(0);
    expect(readFileSync(join(gateway.dataDir, 'encryption.keys'), 'utf8')).not.toBe(before);
    expect(await caller.query(whoAmI)).toMatchObject({ viewer: { role: 'VIEWER' } });
    await gateway.stop();
    const again = await start(gateway.dataDir);
    expect(await again.as({ headers: { 'X-API-Key': key } }).query(whoAmI)).toMatchObject({ viewer: { role: 'VIEWER' } });
    await again.stop();
    // Without the key file no key would be known again, and another one must not be made.
    renameSync(join(gateway.dataDir, 'encryption.keys'), join(folder, 'encryption.keys'));
    for (const args of [['serve'], ['keys', 'create', '--organization', 'Acme', '--role', 'VIEWER']]) {
      const refused = await runCommand(args, { env: { ...env, PORT: '0', HEADGATE_AUTH: 'keys' } });
      expect([args[0], refused.status, refused.stderr]).toEqual([args[0], 1, expect.stringMatching(/^The key file .* is missing/)]);
    }
    expect(readdirSync(gateway.dataDir)).not.toContain('encryption.keys');
  });

  it('are asked for by a gateway that has none yet, and list says that there is no database before that', async () => {
    const dataDir = join(folder, 'none');
    const before = await keys(dataDir, 'list');
    expect([before.status, before.stderr]).toEqual([1, expect.stringMatching(/^There is no database /)]);
    const gateway = await start(dataDir);
    await eventually(() => expect(gateway.output()).toContain('headgate keys create --organization NAME --role ADMIN'));
    expect((await keys(dataDir, 'list')).stdout).toBe('There are no API keys.\n');
    await gateway.stop();
  });
});
