import { builder } from '../builder.ts';
import type { roles } from '../context.ts';
import { loadOwn, rowReader } from '../db/rows.ts';
import type { Actor, actorKinds } from '../lib/actor.ts';
import { type Organization, OrganizationEntity } from './organization.entity.ts';

const organizations = rowReader(OrganizationEntity);

export const OrganizationRef = builder.loadableNodeRef('Organization', {
  id: { resolve: (organization: Organization) => organization.id },
  toKey: ({ id }: Organization) => id,
  sort: true,
  // There is one organization that a caller may see: its own.
  load: (ids: string[], ctx) => loadOwn(ctx, organizations, ids),
});
OrganizationRef.implement({
  description: 'Who owns collections and source connections.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
  }),
});

const ActorKindEnum = builder.enumType('ActorKind', {
  description: 'What kind of caller somebody is.',
  values: {
    API_KEY: { description: 'A program with an API key.' },
    USER: { description: 'A person who signed in.' },
    LOCAL: { description: 'Whoever uses a gateway that only listens on its own machine.' },
    SYSTEM: { description: 'Headgate itself: the scheduler, or a worker.' },
  } satisfies Record<(typeof actorKinds)[number], object>,
});

export const ActorRef = builder.objectRef<Actor>('Actor').implement({
  description: 'Who asked for something.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ActorKindEnum, description: 'What kind of caller it is.' }),
    id: t.exposeID('id', { nullable: true, description: 'Its id, where it has one.' }),
    name: t.exposeString('name', { description: 'What to show.' }),
    email: t.exposeString('email', { nullable: true, description: 'Where it can be reached, where that is known.' }),
  }),
});

export const RoleEnum = builder.enumType('Role', {
  description: 'What a caller may do.',
  values: {
    VIEWER: { description: 'Read and subscribe.' },
    EDITOR: { description: 'Besides: everything on source connections, sync jobs and collections.' },
    ADMIN: { description: 'Besides: keys, webhooks and the audit log.' },
  } satisfies Record<(typeof roles)[number], object>,
});

const ViewerRef = builder.objectRef<object>('Viewer').implement({
  description: 'Who is asking.',
  fields: (t) => ({
    organization: t.field({ type: OrganizationRef, description: 'On whose behalf.', resolve: (_viewer, _args, ctx) => ctx.organizationId }),
    actor: t.field({ type: ActorRef, description: 'As whom.', resolve: (_viewer, _args, ctx) => ctx.actor }),
    role: t.field({ type: RoleEnum, description: 'With which rights.', resolve: (_viewer, _args, ctx) => ctx.role }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({ type: ViewerRef, description: 'Who is asking: the caller, its organization and its role.', resolve: () => ({}) }),
);
