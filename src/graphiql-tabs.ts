import type { GraphiqlTab } from './http/options.ts';

export const graphiqlTabs: GraphiqlTab[] = [{ query: '{ sources { nodes { shortName name } } }' }];
