import { Migration20261122Start } from './20261122-start.ts';

/** Every migration in order, for both engines. Never edit one that was released. */
export const migrations = [{ name: '20261122-start', class: Migration20261122Start }] as const;
