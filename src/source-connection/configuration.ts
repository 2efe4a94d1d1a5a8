import type { AuthMethod, Connector, JsonObject, JsonValue } from '../connector/connector.ts';
import { credentialSchemaOf, targetFieldsOf } from '../connector/spec.ts';
import { chooseAuthMethod, type ValidationIssue, validateFields } from '../connector/validate.ts';
import { findConnector } from '../connectors/index.ts';
import type { Ctx } from '../context.ts';
import { loadOwn } from '../db/rows.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { connectorOf } from '../source/catalog.ts';
import type { Target } from '../threads/tasks.ts';
import type { Credential } from './credential.entity.ts';
import { openCredentials } from './credentials.ts';
import { credentials as credentialRows, sourceConnections } from './read.ts';

export interface ConfigurationInput {
  readonly sourceShortName: string;
  readonly config?: JsonObject | null | undefined;
  readonly authMethod?: AuthMethod | null | undefined;
  readonly credentials?: JsonObject | null | undefined;
}

/** Checks config and credentials against the source's own fields and gives them their defaults. @throws ValidationError with every issue at once */
export function checkConfiguration(input: ConfigurationInput): Target & { readonly connector: Connector } {
  const connector = findConnector(input.sourceShortName);
  if (!connector) throw new ValidationError([{ path: ['sourceShortName'], message: 'There is no such source in the catalog.' }]);
  const given = input.credentials ?? {};
  const issues: ValidationIssue[] = [];
  const config = validateFields(connector.configSchema, input.config ?? {}, ['config']);
  if ('issues' in config) issues.push(...config.issues);
  const method = chooseAuthMethod(connector, input.authMethod, given);
  if ('issues' in method) throw new ValidationError([...issues, ...method.issues]);
  const credentials = validateFields(credentialSchemaOf(connector, method.value), given, ['credentials']);
  if ('issues' in credentials) issues.push(...credentials.issues);
  if ('issues' in config || 'issues' in credentials) throw new ValidationError(issues);
  return { connector, sourceShortName: connector.shortName, config: config.value, authMethod: method.value, credentials: credentials.value };
}

/** What `checkConfiguration` would throw, for whoever has more to complain about. */
export function issuesOfConfiguration(input: ConfigurationInput): readonly ValidationIssue[] {
  try {
    checkConfiguration(input);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
}

/**
 * Puts a stored credential in the place of credentials in the input; the fields that say which system it is for come along.
 * @throws NotFoundError when it is not the caller's, ValidationError when it is one of another source, or another system is named
 */
export async function withStoredCredential<Input extends ConfigurationInput>(
  ctx: Ctx,
  input: Input,
  credentialId: string | null | undefined,
): Promise<Input> {
  if (credentialId == null) return input;
  if (input.credentials != null) throw new ValidationError([{ path: ['credentialId'], message: 'Give credentials or credentialId, not both.' }]);
  const [credential] = await loadOwn(ctx, credentialRows, [credentialId]);
  if (!credential || credential.sealed === '') throw new NotFoundError('credential', credentialId);
  if (credential.sourceShortName !== input.sourceShortName)
    throw new ValidationError([{ path: ['credentialId'], message: 'These are the credentials of another source.' }]);
  const config = await withTargetOf(ctx, credential, input.config ?? {});
  return { ...input, config, authMethod: credential.authMethod, credentials: openCredentials(ctx.encryptionKeys, credential) };
}

/** Stored secrets must not be sent to a system that somebody has just named. */
async function withTargetOf(ctx: Ctx, { id, sourceShortName }: Credential, config: JsonObject): Promise<JsonObject> {
  const raw = await ctx.db.selectFrom('source_connection').selectAll().where('credential_id', '=', id).executeTakeFirstOrThrow();
  const owner = sourceConnections.toRow(raw);
  const target: JsonObject = {};
  const issues: ValidationIssue[] = [];
  for (const name of targetFieldsOf(connectorOf(sourceShortName).configSchema)) {
    const stored = owner.config[name];
    const given = config[name] ?? stored;
    if (given !== undefined) target[name] = given;
    if (systemOf(given) !== systemOf(stored))
      issues.push({ path: ['config', name], message: 'The stored credentials would go to another system: enter them as credentials.' });
  }
  if (issues.length > 0) throw new ValidationError(issues);
  return { ...config, ...target };
}

/** Two files of one web server are in the same system. */
function systemOf(value: JsonValue | undefined): string | undefined {
  const origin = typeof value === 'string' ? URL.parse(value)?.origin : undefined;
  return origin !== undefined && origin !== 'null' ? origin : JSON.stringify(value);
}
