import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import { auditMutations } from './audit/every-mutation.graphql.ts';
import { builder } from './builder.ts';
import { limitMutations } from './mutation-limits.ts';
import './user-error.graphql.ts';
import './organization/organization.graphql.ts';
import './audit/audit-log.graphql.ts';
import './schedule/schedule.graphql.ts';
import './source/source.graphql.ts';
import './collection/collection.graphql.ts';
import './api-key/api-key.graphql.ts';
import './webhook/webhook.graphql.ts';
import './webhook/mutations.graphql.ts';
import './source-connection/connection-test.graphql.ts';
import './source-connection/source-connection.graphql.ts';
import './source-connection/timing.graphql.ts';
import './source-connection/source-connections.graphql.ts';
import './source-connection/stream.graphql.ts';
import './source-connection/mutations.graphql.ts';
import './source-connection/discover.graphql.ts';
import './source-connection/pause-resume.graphql.ts';
import './source-connection/status.subscription.ts';
import './record/record.graphql.ts';
import './sync-job/sync-job.graphql.ts';
import './sync-job/sync-jobs.graphql.ts';
import './sync-job/sync-job-transition.graphql.ts';
import './sync-job/sync-job-log.graphql.ts';
import './sync-job/mutations.graphql.ts';
import './sync-job/pause-resume-retry.graphql.ts';
import './sync-job/sync-job.subscription.ts';
import './connection-lifecycle/clone.graphql.ts';
import './connection-lifecycle/create.graphql.ts';
import './connection-lifecycle/delete.graphql.ts';
import './connection-lifecycle/update-config.graphql.ts';

export const schema = limitMutations(auditMutations(answerNodeIdsAtOnce(builder.toSchema())));

/**
 * Answers `id` at once. The relay plugin does it in an async function, and one promise among the fields of an object makes the engine wait for the
 * whole object.
 */
function answerNodeIdsAtOnce(built: GraphQLSchema): GraphQLSchema {
  for (const type of built.getPossibleTypes(built.getType('Node') as GraphQLInterfaceType)) {
    const { id } = type.extensions['pothosOptions'] as { id: { resolve(node: unknown): string } };
    const field = type.getFields()['id'];
    if (field) field.resolve = (node) => id.resolve(node);
  }
  return built;
}
