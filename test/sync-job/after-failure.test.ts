import { describe, expect, test } from 'vitest';
import { failureTypes } from '../../src/connector/failures.ts';
import { afterFailure, backoffMs } from '../../src/sync-job/after-failure.ts';
import type { SyncJob, SyncJobFailure } from '../../src/sync-job/sync-job.entity.ts';

const job = (fruitlessAttempts = 0) => ({ fruitlessAttempts, maxAttempts: 5 }) as SyncJob;
const failure = (type: SyncJobFailure['type']): SyncJobFailure => ({
  origin: 'SOURCE',
  type,
  message: 'It broke off.',
  stream: null,
  retryable: true,
});
const waitOf = ({ set }: ReturnType<typeof afterFailure>) => Math.round(((set?.resumeAt?.getTime() ?? Number.NaN) - Date.now()) / 1000);
const retryBaseMs = 10_000;

describe('an attempt that broke off', () => {
  test.each(failureTypes)('because of %s', (type) => {
    const { to, set } = afterFailure(job(), failure(type), { retryBaseMs });
    const waits = ['RATE_LIMIT', 'UNAVAILABLE', 'TRANSIENT', 'TIMEOUT'].includes(type);
    expect(to).toBe(waits ? 'WAITING' : 'FAILED');
    expect(set?.waitReason).toBe(type === 'RATE_LIMIT' ? 'SOURCE_RATE_LIMIT' : waits ? 'RETRY_BACKOFF' : undefined);
    expect(set?.failure).toEqual(failure(type));
  });

  test('is followed by another one until it came no further as often as it may', () => {
    const outcomes = [0, 1, 2, 3, 4].map((fruitless) => afterFailure(job(fruitless), failure('UNAVAILABLE'), { retryBaseMs }).to);
    expect(outcomes).toEqual(['WAITING', 'WAITING', 'WAITING', 'WAITING', 'FAILED']);
  });

  test('waits as long as the source asks for, within a day', () => {
    const asked = (retryAfterMs: number) => waitOf(afterFailure(job(), failure('RATE_LIMIT'), { retryBaseMs, retryAfterMs }));
    expect(asked(90_000)).toBe(90);
    expect(asked(0)).toBe(10);
    expect(asked(1e12)).toBe(86_400);
  });
});

describe('the wait between attempts', () => {
  test('doubles up to half an hour', () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((attempts) => backoffMs(attempts, 60_000, 1) / 60_000)).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  test('is spread over half of its length', () => {
    expect([0, 0.5, 1].map((random) => backoffMs(2, 1_000, random))).toEqual([1_000, 1_500, 2_000]);
  });
});
