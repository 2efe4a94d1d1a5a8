import type { Connector } from '../connector/connector.ts';
import { findConnector } from '../connectors/index.ts';

/** The connector of a stored source connection. @throws Error when this version has none: the catalog only ever grows */
export function connectorOf(shortName: string): Connector {
  const connector = findConnector(shortName);
  if (!connector) throw new Error(`this version of Headgate has no connector "${shortName}"`);
  return connector;
}
