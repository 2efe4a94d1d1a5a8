import type { AuthMethod, Connector, JsonObject } from '../connector/connector.ts';
import { credentialSchemaOf } from '../connector/spec.ts';
import { chooseAuthMethod, type ValidationIssue, validateFields } from '../connector/validate.ts';
import { findConnector } from '../connectors/index.ts';
import { ValidationError } from '../errors.ts';
import type { Target } from '../threads/tasks.ts';

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
