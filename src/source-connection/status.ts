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

/** After so many failed jobs in a row a source connection is paused. */
export const failuresUntilPaused = 10;
/** From so many on its status reason warns of that, and every further one is pushed. */
export const failuresUntilWarned = 5;

/** The stored facts that a status is derived from. */
export interface Facets {
  readonly deletedAt: Date | null;
  readonly deletingAt: Date | null;
  readonly authorizationPending: boolean;
  readonly credentialsRefused: boolean;
  readonly pausedAt: Date | null;
  readonly pauseReason: PauseReason | null;
  /** Failed jobs since the last that succeeded. */
  readonly consecutiveFailures: number;
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
  const { lastFailure, consecutiveFailures, pauseReason } = facets;
  switch (deriveStatus(facets)) {
    case 'NEEDS_REAUTH':
      return lastFailure;
    case 'ERROR':
      if (consecutiveFailures < failuresUntilWarned) return lastFailure;
      return `${lastFailure} ${consecutiveFailures} sync jobs in a row have failed; after ${failuresUntilPaused} it is paused.`;
    case 'PAUSED':
      if (pauseReason === 'AUTO_FAILURES') return `Paused after ${consecutiveFailures} failed sync jobs in a row. The last one: ${lastFailure}`;
      return pauseReason === 'PAUSE_AT' ? 'Paused at the time that was set for it.' : null;
    default:
      return null;
  }
}
