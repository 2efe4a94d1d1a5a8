import type { Connector } from '../connector/connector.ts';
import { authMethodsOf, credentialSchemaOf, fieldsOf, jsonSchemaOf } from '../connector/spec.ts';
import { connectors } from '../connectors/index.ts';
import { type Command, exitStatus } from './command.ts';
import { print, printJson, table } from './output.ts';

export const command: Command = {
  name: 'connectors',
  description: 'Lists the catalog: every source that can be connected. With --json also the fields of each, and their JSON Schemas.',
  positionals: [],
  options: {},
  async run(given) {
    if (given.flag('json')) printJson(connectors.map(describe));
    else print(table(['SHORT NAME', 'NAME', 'LETS US IN BY', 'DESCRIPTION'], connectors.map(row)));
    return exitStatus.success;
  },
};

function row(connector: Connector): string[] {
  return [connector.shortName, connector.name, authMethodsOf(connector).join(', '), connector.description];
}

/** Named as in the GraphQL API. */
function describe(connector: Connector) {
  const { shortName, name, description, labels, documentationUrl = null, configSchema, supportedSyncModes } = connector;
  return {
    shortName,
    name,
    description,
    labels,
    documentationUrl,
    supportedSyncModes,
    configFields: fieldsOf(configSchema),
    configSchema: jsonSchemaOf(configSchema),
    authMethods: authMethodsOf(connector).map((method) => ({
      method,
      authFields: fieldsOf(credentialSchemaOf(connector, method)),
      authSchema: jsonSchemaOf(credentialSchemaOf(connector, method)),
    })),
  };
}
