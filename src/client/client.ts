// biome-ignore lint/performance/noBarrelFile: the entry of the package's subpath `headgate/client`, which is all that a frontend may import
// biome-ignore lint/performance/noReExportAll: every operation and its types, marked for bundlers to drop what is not used
export * from './generated/graphql.ts';
export { HeadgateError } from './headgate-error.ts';
export { type RequestOptions, request } from './request.ts';
export type { WebSocketConstructor } from './track-sockets.ts';
export { type WatchedSyncJobs, type WatchSyncJobsOptions, watchSyncJobs } from './watch-sync-jobs.ts';
