import type { Services } from '../context.ts';
import type { Db } from '../db/rows.ts';
import type { Target } from '../threads/tasks.ts';
import { openCredentials } from './credentials.ts';
import { credentialOf } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';

/** What its connector is called with: the config, and the credentials opened. @throws SealBrokenError */
export async function targetOf(services: Pick<Services, 'encryptionKeys'>, db: Db, connection: SourceConnection): Promise<Target> {
  const credential = await credentialOf(db, connection);
  return {
    sourceShortName: connection.sourceShortName,
    config: connection.config,
    authMethod: connection.authMethod,
    credentials: credential ? openCredentials(services.encryptionKeys, credential) : {},
  };
}
