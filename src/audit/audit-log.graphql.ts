import { builder } from '../builder.ts';
import { ActorRef } from '../organization/organization.graphql.ts';
import { pageComplexity } from '../paging/complexity.ts';
import type { PageArgs } from '../paging/page-args.ts';
import type { AuditEntry } from './audit-entry.entity.ts';
import { listAuditEntries } from './list.ts';

const AuditEntryRef = builder.objectRef<AuditEntry>('AuditEntry').implement({
  description: 'One thing that somebody did, or was refused. Never holds what was sent.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was done or refused.' }),
    actor: t.expose('actor', { type: ActorRef, description: 'By whom.' }),
    operation: t.exposeString('operation', {
      description: 'The name of the mutation, for example `runSourceConnection`, or the words of a command.',
    }),
    objectId: t.exposeID('objectId', {
      nullable: true,
      description: 'The id of what was changed or made, or was to be changed; null when there is none. Not everything that it names exists.',
    }),
    outcome: t.exposeString('outcome', {
      description: '`SUCCESS`, or the code of the error as in ErrorCode. A connection test that fails as such is a success.',
    }),
  }),
});

const AuditEntryConnection = builder.connectionObject(
  { type: AuditEntryRef, name: 'AuditEntryConnection', description: 'A page of the audit log.' },
  { name: 'AuditEntryEdge', description: 'An entry in a page of the audit log.' },
);

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntryRef,
      description: 'Every mutation of the organization, the newest first. Only for the role ADMIN. At most 100 at once, 20 when nothing is said.',
      authScopes: { admin: true },
      complexity: pageComplexity(),
      resolve: (_root, args: PageArgs, ctx) => listAuditEntries(ctx, args),
    },
    AuditEntryConnection,
  ),
);
