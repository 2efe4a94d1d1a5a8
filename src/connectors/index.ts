import type { Connector } from '../connector/connector.ts';
import { faker } from './faker.ts';
import { files } from './files.ts';
import { postgresql } from './postgresql.ts';
import { sqlite } from './sqlite.ts';

/** The catalog: one line for each connector, in the order it is offered. */
export const connectors: readonly Connector[] = [postgresql, sqlite, files, faker];

/** `undefined` when there is no such source. */
export function findConnector(shortName: string): Connector | undefined {
  return connectors.find((connector) => connector.shortName === shortName);
}
