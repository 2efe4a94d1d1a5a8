import { Migration20261122Life } from './20261122-life.ts';
import { Migration20261122Retention } from './20261122-retention.ts';
import { Migration20261122Start } from './20261122-start.ts';
import { Migration20261122Tenants } from './20261122-tenants.ts';

/** Every migration in order, for both engines. Never edit one that was released. */
export const migrations = [
  { name: '20261122-start', class: Migration20261122Start },
  { name: '20261122-tenants', class: Migration20261122Tenants },
  { name: '20261122-life', class: Migration20261122Life },
  { name: '20261122-retention', class: Migration20261122Retention },
] as const;
