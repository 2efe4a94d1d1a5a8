import { logTableFeed } from '../db/log-table.ts';
import { logTopic } from './job-log.ts';
import { syncJobLogs, syncJobTransitions } from './read.ts';
import { transitionTopic } from './transition.ts';

export const transitionFeed = logTableFeed({
  reader: syncJobTransitions,
  topic: transitionTopic,
  keysOf: ({ organizationId, collectionId, sourceConnectionId, syncJobId }) => [organizationId, collectionId, sourceConnectionId, syncJobId],
});

export const logFeed = logTableFeed({ reader: syncJobLogs, topic: logTopic, keysOf: ({ syncJobId }) => [syncJobId] });
