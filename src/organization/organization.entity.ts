import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';

export const OrganizationEntity = defineEntity({
  name: 'Organization',
  tableName: 'organization',
  properties: {
    id: p.string().primary(),
    name: p.string(),
    createdAt: p.datetime(),
  },
});
export type Organization = RowOf<typeof OrganizationEntity>;
