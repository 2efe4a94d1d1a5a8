import { describe, expect, it } from 'vitest';
import { deriveStatus, deriveStatusReason, type Facets, type SourceConnectionStatus } from '../src/source-connection/status.ts';

const moment = new Date('2026-01-31T09:30:00Z');
const choices: { [Facet in keyof Facets]: readonly Facets[Facet][] } = {
  deletedAt: [null, moment],
  deletingAt: [null, moment],
  authorizationPending: [false, true],
  credentialsRefused: [false, true],
  pausedAt: [null, moment],
  pauseReason: [null, 'AUTO_FAILURES'],
  consecutiveFailures: [0, 7],
  activeSyncJobId: [null, 'job_01h455vb4pex5vsknk084sn02q'],
  lastFailure: [null, 'The server refused this user or its password.'],
  verified: [false, true],
};

/** Every combination of facets, 2^10. */
const combinations = Object.entries(choices).reduce<Record<string, unknown>[]>(
  (sets, [facet, values]) => sets.flatMap((set) => (values as readonly unknown[]).map((value) => ({ ...set, [facet]: value }))),
  [{}],
) as unknown as Facets[];

/** The contract's prose, written a second time in another form. */
function expected(facets: Facets): SourceConnectionStatus {
  if (facets.deletedAt) return 'DELETED';
  if (facets.deletingAt) return 'DELETING';
  if (facets.authorizationPending) return 'PENDING_AUTH';
  if (facets.credentialsRefused) return 'NEEDS_REAUTH';
  if (facets.pausedAt) return 'PAUSED';
  if (facets.activeSyncJobId) return 'SYNCING';
  if (facets.lastFailure) return 'ERROR';
  return facets.verified ? 'ACTIVE' : 'UNVERIFIED';
}

describe('the status of a source connection', () => {
  it('there are 1,024 combinations of facets', () => {
    expect(new Set(combinations.map((facets) => JSON.stringify(facets))).size).toBe(1024);
  });

  it.each(combinations.map((facets) => [expected(facets), facets] as const))('is %s with %o', (status, facets) => {
    expect(deriveStatus(facets)).toBe(status);
  });

  it('every status comes of some combination', () => {
    expect(new Set(combinations.map(deriveStatus)).size).toBe(9);
  });

  it('has a reason exactly when something is wrong', () => {
    for (const facets of combinations) {
      const status = expected(facets);
      const reason = deriveStatusReason(facets);
      if (status === 'ERROR') expect(reason).toContain(facets.lastFailure);
      else if (status === 'NEEDS_REAUTH') expect(reason).toBe(facets.lastFailure);
      else if (status === 'PAUSED' && facets.pauseReason) expect(reason).toMatch(/^Paused after 7|^Paused after 0/);
      else expect(reason).toBeNull();
    }
  });
});
