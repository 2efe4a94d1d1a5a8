import type { AuthMethod, Connector } from '../connector/connector.ts';
import { authMethodsOf } from '../connector/spec.ts';

export interface SourceFilter {
  readonly search?: string | null | undefined;
  readonly labels?: readonly string[] | null | undefined;
  readonly authMethod?: AuthMethod | null | undefined;
}

/** The sources that meet every condition, in the order of the catalog. */
export function searchSources(sources: readonly Connector[], filter: SourceFilter | null | undefined): Connector[] {
  const search = filter?.search?.trim().toLowerCase();
  return sources.filter((source) => {
    if (search && ![source.name, source.shortName, source.description].some((text) => text.toLowerCase().includes(search))) return false;
    if (filter?.labels && !filter.labels.every((label) => source.labels.includes(label))) return false;
    return !filter?.authMethod || authMethodsOf(source).includes(filter.authMethod);
  });
}
