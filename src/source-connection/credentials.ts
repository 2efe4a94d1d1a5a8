import type { AuthMethod, Connector, JsonObject } from '../connector/connector.ts';
import { credentialSchemaOf, secretFieldsOf } from '../connector/spec.ts';
import type { SealedColumn } from '../db/sealed-column.ts';
import { open, seal } from '../lib/cipher.ts';
import type { KeyRing } from '../lib/key-ring.ts';
import type { Credential } from './credential.entity.ts';

/** The two halves of checked credentials: what may be shown, and what is sealed. */
export interface SealedCredentials {
  readonly publicValues: JsonObject;
  readonly secretFields: string[];
  readonly sealed: string;
}

/** What the sealed text belongs to. It opens nowhere else. */
function boundTo(organizationId: string, credentialId: string): string {
  return `${organizationId}|${credentialId}`;
}

/** Where the secrets are, for a rotation of keys. A deleted credential is empty. */
export const sealedCredentials: SealedColumn = {
  table: 'credential',
  column: 'sealed',
  boundTo: ({ organizationId, id }) => boundTo(organizationId, id),
};

/** Called in the transaction that stores the result: a rotation must not drop the key in between. */
export function sealCredentials(
  keys: KeyRing,
  owner: { organizationId: string; credentialId: string },
  connector: Connector,
  authMethod: AuthMethod,
  values: JsonObject,
): SealedCredentials {
  const secretNames = new Set(secretFieldsOf(credentialSchemaOf(connector, authMethod)));
  const publicValues: JsonObject = {};
  const secrets: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (secretNames.has(name)) secrets[name] = value;
    else publicValues[name] = value;
  }
  const sealed = seal(keys, boundTo(owner.organizationId, owner.credentialId), JSON.stringify(secrets));
  return { publicValues, secretFields: Object.keys(secrets), sealed };
}

/** Public and secret values together, as the connector gets them. @throws SealBrokenError */
export function openCredentials(keys: KeyRing, credential: Credential): JsonObject {
  const secrets = JSON.parse(open(keys, boundTo(credential.organizationId, credential.id), credential.sealed)) as JsonObject;
  return { ...credential.publicValues, ...secrets };
}
