import { afterAll, beforeAll } from 'vitest';
import { createPostgresRecords, type PostgresRecords } from '../support/postgres-records.ts';
import { recordStoreContract } from '../support/record-store-contract.ts';

let records: PostgresRecords;
beforeAll(async () => {
  records = await createPostgresRecords();
}, 60_000);
afterAll(() => records.drop());

recordStoreContract('PostgreSQL', () => records.createStores());
