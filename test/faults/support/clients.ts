import { mutate } from '../../support/mutate.ts';
import type { FaultRun } from './fault.ts';
import type { Subject } from './subject.ts';

/** An answer that never came, since there is nobody any more to give it. */
export function unlessCut(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}

/**
 * Makes collections and describes source connections, one mutation after the other, until nobody answers or it is told to stop; each answer is held
 * against the subject.
 */
export async function workUntilCut(
  subject: Pick<Subject, 'gateway' | 'acknowledged'>,
  run: Pick<FaultRun, 'random'>,
  connectionIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { gateway } = subject;
  const marker = run.random(2 ** 30);
  try {
    for (let number = 0; !signal?.aborted; number++) {
      const name = `Made ${marker}-${number}`;
      const { collection } = await mutate(gateway, 'createCollection', { name });
      subject.acknowledged(`the collection ${name}`, 'select 1 from collection where id = ? and name = ?', collection.id, name);
      const id = connectionIds[run.random(connectionIds.length)];
      const updated = await mutate(gateway, 'updateSourceConnection', { id, description: name });
      const { version } = updated['sourceConnection'];
      subject.acknowledged(`version ${version} of ${id}`, 'select 1 from source_connection where id = ? and version >= ?', id ?? '', version);
    }
  } catch (error) {
    unlessCut(error);
  }
}
