import type { ApiKey } from '../api-key/api-key.entity.ts';
import { prefixOfKey } from '../api-key/key-text.ts';
import { listApiKeys } from '../api-key/read.ts';
import { readConfig } from '../config.ts';
import { findOrganizations, listOrganizations, type NamedOrganization } from '../organization/find.ts';
import { type Command, CommandError, exitStatus } from './command.ts';
import { openServicesBeside } from './control-services.ts';
import { print, printJson, table } from './output.ts';

export const command: Command = {
  name: 'keys list',
  description: 'Lists the API keys, the newest first, those too that were revoked or have expired. The keys themselves are stored nowhere.',
  positionals: [],
  options: { organization: { type: 'string', value: 'NAME', help: 'Only those of this organization; also an org_… id' } },
  async run(given) {
    const { db, close } = await openServicesBeside(readConfig(process.env, process.cwd()));
    try {
      const wanted = given.text('organization');
      const organizations = wanted === undefined ? await listOrganizations(db) : await findOrganizations(db, [wanted]);
      if (wanted !== undefined && organizations.length === 0) throw new CommandError('There is no such organization.');
      const keys = [];
      for (const organization of organizations) {
        const ofThisOne = await listApiKeys({ db, organizationId: organization.id });
        keys.push(...ofThisOne.map((apiKey) => describe(apiKey, organization)));
      }
      if (given.flag('json')) printJson(keys);
      else print(keys.length === 0 ? 'There are no API keys.' : table(header, keys.map(cells)));
      return exitStatus.success;
    } finally {
      await close();
    }
  },
};

const header = ['KEY', 'ORGANIZATION', 'NAME', 'ROLE', 'COLLECTIONS', 'CREATED', 'LAST USED', 'STATUS'];

function cells({
  prefix,
  organization,
  name,
  role,
  collectionIds,
  createdAt,
  lastUsedAt,
  expiresAt,
  revokedAt,
}: ReturnType<typeof describe>): string[] {
  const day = (at: Date | null, otherwise: string) => at?.toISOString().slice(0, 10) ?? otherwise;
  const isOver = expiresAt !== null && expiresAt.getTime() <= Date.now();
  const status = revokedAt
    ? `revoked ${day(revokedAt, '')}`
    : isOver
      ? `expired ${day(expiresAt, '')}`
      : expiresAt
        ? `until ${day(expiresAt, '')}`
        : 'in force';
  return [
    prefix,
    organization.name,
    name,
    role,
    collectionIds ? String(collectionIds.length) : 'all',
    day(createdAt, ''),
    day(lastUsedAt, 'never'),
    status,
  ];
}

/** Named as in the GraphQL API. */
function describe(apiKey: ApiKey, { id, name }: NamedOrganization) {
  const { role, email, collectionIds, createdAt, expiresAt, lastUsedAt, revokedAt } = apiKey;
  const organization = { id, name };
  return {
    id: apiKey.id,
    prefix: prefixOfKey(apiKey.id),
    organization,
    name: apiKey.name,
    role,
    email,
    collectionIds,
    createdAt,
    expiresAt,
    lastUsedAt,
    revokedAt,
  };
}
