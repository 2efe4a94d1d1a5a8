import type { Gateway } from './gateway.ts';

export interface AuditLine {
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string | null; readonly name: string; readonly email: string | null };
  readonly operation: string;
  readonly objectId: string | null;
  readonly outcome: string;
}

export const auditDocument = `query ($first: Int, $after: String, $last: Int, $before: String) { auditLog(first: $first, after: $after, last: $last, before: $before) {
  edges { cursor } nodes { at actor { kind id name email } operation objectId outcome } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} }`;

/** The newest entries, the newest first. */
export async function newestEntries(api: Pick<Gateway, 'query'>, first = 1): Promise<AuditLine[]> {
  return (await api.query<{ auditLog: { nodes: AuditLine[] } }>(auditDocument, { first })).auditLog.nodes;
}
