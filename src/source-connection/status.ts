export const sourceConnectionStatuses = [
  'PENDING_AUTH',
  'UNVERIFIED',
  'ACTIVE',
  'SYNCING',
  'ERROR',
  'NEEDS_REAUTH',
  'PAUSED',
  'DELETING',
  'DELETED',
] as const;
export type SourceConnectionStatus = (typeof sourceConnectionStatuses)[number];

export const pauseReasons = ['USER', 'AUTO_FAILURES', 'PAUSE_AT'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** The stored facts that a status is derived from. */
export interface Facets {
  readonly deletedAt: Date | null;
  readonly deletingAt: Date | null;
  readonly authorizationPending: boolean;
  readonly credentialsRefused: boolean;
  readonly pausedAt: Date | null;
  readonly activeSyncJobId: string | null;
  readonly lastFailure: string | null;
  readonly verified: boolean;
}

/** The first that holds. */
const rules: readonly (readonly [SourceConnectionStatus, (facets: Facets) => boolean])[] = [
  ['DELETED', (facets) => facets.deletedAt !== null],
  ['DELETING', (facets) => facets.deletingAt !== null],
  ['PENDING_AUTH', (facets) => facets.authorizationPending],
  ['NEEDS_REAUTH', (facets) => facets.credentialsRefused],
  ['PAUSED', (facets) => facets.pausedAt !== null],
  ['SYNCING', (facets) => facets.activeSyncJobId !== null],
  ['ERROR', (facets) => facets.lastFailure !== null],
  ['UNVERIFIED', (facets) => !facets.verified],
];

export function deriveStatus(facets: Facets): SourceConnectionStatus {
  return rules.find(([, holds]) => holds(facets))?.[0] ?? 'ACTIVE';
}

/** One sentence for a person, `null` when nothing is wrong. */
export function deriveStatusReason(facets: Facets): string | null {
  const status = deriveStatus(facets);
  return status === 'ERROR' || status === 'NEEDS_REAUTH' ? facets.lastFailure : null;
}
