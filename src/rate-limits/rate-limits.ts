/** What is counted, each by names of its own. */
export const buckets = ['principal', 'organization', 'address', 'sourceTests', 'failedLogins'] as const;
export type Bucket = (typeof buckets)[number];

/** How many requests a minute one name may make in each bucket; 0 = any number. */
export type RequestsPerMinute = Readonly<Record<Bucket, number>>;

/** Counts what callers do, and says when it is too much. One that several gateways share counts for all of them. */
export interface RateLimits {
  /** Counts `points` for a name. Resolves with the seconds to wait, 0 when there was room. */
  count(bucket: Bucket, name: string, points?: number): Promise<number>;
  /** What `count` would say of a name that has used up its minute, without counting. */
  waitOf(bucket: Bucket, name: string): Promise<number>;
}
