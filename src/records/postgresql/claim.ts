import { FencedOutError, type OpenWriter } from '../store.ts';
import type { Transaction } from './database.ts';

export interface Right extends Pick<OpenWriter, 'collection' | 'sourceConnectionId' | 'jobId'> {
  readonly epoch: number;
}

/**
 * Call first in each transaction of a writer: others wait for its end. Returns the number of the checkpoint.
 * @throws FencedOutError
 */
export async function claimSequence(tx: Transaction, right: Right): Promise<number> {
  const sql = `update ${tx.schema}.writer set sequence = sequence + 1 where ${holder} returning sequence::float8 as sequence`;
  const [row] = await tx.rows<{ sequence: number }>(sql, valuesOf(right));
  if (!row) throw new FencedOutError();
  return row.sequence;
}

/** The same without a checkpoint. @throws FencedOutError */
export async function holdRight(tx: Transaction, right: Right): Promise<number> {
  const sql = `select sequence::float8 as sequence from ${tx.schema}.writer where ${holder} for no key update`;
  const [row] = await tx.rows<{ sequence: number }>(sql, valuesOf(right));
  if (!row) throw new FencedOutError();
  return row.sequence;
}

/** Raises the epoch. `isNewJob`: it was another job, or nobody, who had the right before. */
export async function takeRight(tx: Transaction, input: OpenWriter): Promise<{ right: Right; isNewJob: boolean }> {
  const { collection, sourceConnectionId, jobId } = input;
  const [former] = await tx.rows<{ job_id: string }>(
    `select job_id from ${tx.schema}.writer where collection_id = $1 and source_connection_id = $2 for no key update`,
    [collection.id, sourceConnectionId],
  );
  const isNewJob = former?.job_id !== jobId;
  const [row] = await tx.rows<{ epoch: number }>(
    `insert into ${tx.schema}.writer as w (collection_id, source_connection_id, job_id, epoch, sequence) values ($1, $2, $3, 1, 0)
     on conflict (collection_id, source_connection_id) do update set job_id = excluded.job_id, epoch = w.epoch + 1,
       sequence = case when $4::boolean then 0 else w.sequence end returning epoch::float8 as epoch`,
    [collection.id, sourceConnectionId, jobId, isNewJob],
  );
  return { right: { collection, sourceConnectionId, jobId, epoch: row?.epoch ?? 0 }, isNewJob };
}

const holder = 'collection_id = $1 and source_connection_id = $2 and job_id = $3 and epoch = $4';

const valuesOf = ({ collection, sourceConnectionId, jobId, epoch }: Right) => [collection.id, sourceConnectionId, jobId, epoch];
