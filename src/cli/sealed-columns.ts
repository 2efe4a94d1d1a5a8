import { sealedPeppers } from '../api-key/secret.ts';
import type { SealedColumn } from '../db/sealed-column.ts';
import { sealedFingerprints } from '../idempotency/once.ts';
import { sealedCredentials } from '../source-connection/credentials.ts';
import { sealedSecrets } from '../webhook/secret.ts';

/** Everything that is sealed with the keys of the ring. A new one belongs here, or a rotation would lose it. */
export const sealedColumns: readonly SealedColumn[] = [sealedCredentials, sealedFingerprints, sealedPeppers, sealedSecrets];
