import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from './caller.ts';
import { runCommand } from './cli.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
import { mutate } from './mutate.ts';

export interface CliKey {
  readonly key: string;
  /** `key_…` */
  readonly id: string;
  readonly organizationId: string;
}

/** Makes a key in a process of its own, beside a gateway or before it. */
export async function createKeyByCli(dataDir: string, ...options: string[]): Promise<CliKey> {
  const result = await runCommand(['keys', 'create', '--json', ...options], { env: { HEADGATE_DATA_DIR: dataDir } });
  if (result.status !== 0) throw new Error(`The key was not made: ${result.stderr}`);
  return result.lines()[0] as CliKey;
}

/** A gateway that wants keys, and somebody who has one. */
export interface KeysGateway {
  readonly gateway: Gateway;
  /** Of the organization Acme. */
  readonly adminKey: CliKey;
  readonly admin: Caller;
}

export async function startKeysGateway({ env = {}, ...options }: GatewayOptions = {}): Promise<KeysGateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'headgate-keys-'));
  const adminKey = await createKeyByCli(dataDir, '--organization', 'Acme', '--role', 'ADMIN', '--name', 'First');
  const gateway = await startGateway({ ...options, dataDir, env: { HEADGATE_AUTH: 'keys', ...env } });
  return { gateway, adminKey, admin: gateway.as({ headers: { 'X-API-Key': adminKey.key } }) };
}

/** A new key of the administrator's organization. @throws when it is refused */
export async function createKey(
  admin: Caller,
  input: object,
): Promise<{ readonly key: string; readonly apiKey: { readonly id: string; readonly prefix: string } }> {
  const result = await mutate(admin, 'createApiKey', { name: 'Test', role: 'VIEWER', ...input });
  if (!result['key']) throw new Error(`The key was not made: ${JSON.stringify(result)}`);
  return result as unknown as Awaited<ReturnType<typeof createKey>>;
}
