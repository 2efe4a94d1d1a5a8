import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { type ApiKey, ApiKeyEntity } from './api-key.entity.ts';

/** How old the time that is shown may be. */
const preciseToMs = 60_000;
/** Uses are collected for so long, and written together. */
const collectForMs = 1_000;

export interface LastUsed {
  /** Called for each request; never waits for the database. */
  note(apiKey: Pick<ApiKey, 'id' | 'lastUsedAt'>): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/** Remembers when keys were used, written at most once a minute for each. */
export function createLastUsed(services: Pick<Services, 'em' | 'engine' | 'scope' | 'events' | 'log'>): LastUsed {
  const used = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    const batch = [...used];
    try {
      await inTransaction(services, async ({ em }) => {
        for (const [id, lastUsedAt] of batch) await em.nativeUpdate(ApiKeyEntity, { id }, { lastUsedAt });
      });
    } catch (err) {
      // The next use tries again.
      services.log.warn({ err }, 'when API keys were last used could not be written');
    }
    for (const [id] of batch) used.delete(id);
  }

  return {
    note({ id, lastUsedAt }) {
      const now = new Date();
      if (used.has(id) || (lastUsedAt && now.getTime() - lastUsedAt.getTime() < preciseToMs)) return;
      used.set(id, now);
      timer ??= setTimeout(() => {
        writing = write();
      }, collectForMs);
    },
    async stop() {
      if (timer) {
        clearTimeout(timer);
        writing = write();
      }
      await writing;
    },
  };
}
