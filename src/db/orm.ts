import type { EntitySchema } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';
import type { Client } from 'pg';
import type { Log } from '../lib/log.ts';
import type { CopyBeforeUpgrade } from './copy-before-upgrade.ts';
import type { Engine } from './engine.ts';
import { entityFilter } from './entity-filter.ts';
import { migrations } from './migrations/index.ts';

export interface ControlDatabase {
  readonly engine: Engine;
  readonly orm: MikroORM;
  /** Reads what is committed, apart from all writes. Refuses until somebody has said for whom, by `scope.ts`. */
  readonly reader: Kysely<unknown>;
  /** Applies the migrations that are missing. @param copyTo where an embedded database is copied to before. @returns their names */
  migrate(copyTo?: CopyBeforeUpgrade): Promise<string[]>;
  /** Whether another connection has committed since the last call. Absent: that costs as much as looking for what changed. */
  readonly changed?: () => boolean;
  /** Makes a connection apart from all others, for LISTEN, which needs one that stays. Absent where there is no such thing. */
  readonly connect?: () => Client;
  close(): Promise<void>;
}

export interface OpenControlDatabase {
  /** The gateway must not be kept waiting; a worker may be. */
  readonly role: 'gateway' | 'worker';
  readonly log: Pick<Log, 'warn'>;
}

// biome-ignore lint/suspicious/noExplicitAny: the list of entities is heterogeneous by nature
export type Entities = EntitySchema<any>[];

/** What the ORM is told on either engine. */
export function ormOptions(entities: Entities) {
  return {
    entities,
    filters: entityFilter(entities),
    // Reads of lists never make entities, and every relation is a plain id: nothing is joined behind our back.
    autoJoinRefsForFilters: false,
    discovery: { warnWhenNoEntities: false },
    logger: () => {},
    migrations: { migrationsList: [...migrations], snapshot: false, snapshotOnMigrate: false, tableName: 'migration' },
  };
}
