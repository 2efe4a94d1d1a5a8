import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Bucket, buckets, type RateLimits, type RequestsPerMinute } from './rate-limits.ts';

const windowSeconds = 60;

const secondsOf = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000));

/** Counts in this process alone; undefined when there is nothing to count. A name is forgotten a minute after its first request. */
export function createInMemoryRateLimits(perMinute: RequestsPerMinute): RateLimits | undefined {
  const limited = buckets.filter((bucket) => perMinute[bucket] > 0);
  if (limited.length === 0) return undefined;
  const limiters = new Map<Bucket, RateLimiterMemory>(
    limited.map((bucket) => [bucket, new RateLimiterMemory({ points: perMinute[bucket], duration: windowSeconds })]),
  );

  return {
    async count(bucket, name, points = 1) {
      try {
        await limiters.get(bucket)?.consume(name, points);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return secondsOf(refusal);
        throw refusal;
      }
    },
    async waitOf(bucket, name) {
      const used = await limiters.get(bucket)?.get(name);
      return used && used.consumedPoints >= perMinute[bucket] ? secondsOf(used) : 0;
    },
  };
}
