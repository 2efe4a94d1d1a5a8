import { z } from 'zod';
import { createApiKey } from '../api-key/create.ts';
import { keyCollectionsRule, keyEmailRule, keyExpiryRule, keyNameRule } from '../api-key/fields.ts';
import { auditCommand } from '../audit/audit-command.ts';
import { readConfig } from '../config.ts';
import { issuesOf } from '../connector/validate.ts';
import { roles } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { localActor } from '../lib/actor.ts';
import { prefixOf } from '../lib/typeid.ts';
import { ensureOrganization } from '../organization/ensure.ts';
import { findOrganizations } from '../organization/find.ts';
import { type Command, CommandError, exitStatus, type Given, UsageError } from './command.ts';
import { type ControlServices, openOrMakeServices } from './control-services.ts';
import { print, printJson, say } from './output.ts';

const Options = z.object({
  organization: z.string({ error: 'is missing' }).trim().min(1, 'must have 1 to 80 characters').max(80, 'must have 1 to 80 characters'),
  role: z
    .string({ error: 'is missing' })
    .toUpperCase()
    .pipe(z.enum(roles, { error: `must be one of ${roles.join(', ')}` })),
  name: keyNameRule.optional(),
  email: keyEmailRule.optional(),
  expires: z.coerce.date({ error: 'must be a date, for example 2027-12-31 or 2027-12-31T12:00:00Z' }).pipe(keyExpiryRule).optional(),
  collection: keyCollectionsRule.optional(),
});

export const command: Command = {
  name: 'keys create',
  description: `Makes an API key for a gateway with HEADGATE_AUTH=keys, and prints it. It is stored nowhere, so this is the only time.
The gateway may run meanwhile. Before its first start this makes the data folder and what is in it.
With --json it prints {"key": …, "id": …, "organizationId": …}.`,
  positionals: [],
  options: {
    organization: { type: 'string', value: 'NAME', help: 'Whose key; the organization is made if there is none of that name. Also an org_… id' },
    role: { type: 'string', value: 'ROLE', help: `What may be done with it: ${roles.join(', ')}` },
    name: { type: 'string', value: 'NAME', help: 'What it is for; shown as the actor of what is done with it' },
    email: { type: 'string', value: 'ADDRESS', help: 'Of whoever answers for it' },
    expires: { type: 'string', value: 'DATE', help: 'When it ends by itself. Without this it never does' },
    collection: { type: 'string', multiple: true, value: 'ID', help: 'Nothing but these collections exists for it' },
  },
  async run(given) {
    const { organization, name, collection, expires, ...input } = optionsOf(given);
    const services = await openOrMakeServices(readConfig(process.env, process.cwd()));
    try {
      const { id: organizationId, name: organizationName } = await organizationOf(services, organization);
      const caller = { organizationId, actor: localActor };
      const { apiKey, key } = await createApiKey(
        { ...services, ...caller, witness: auditCommand({ ...caller, operation: 'keys create' }) },
        { ...input, name: name ?? `${input.role} key from the command line`, collectionIds: collection, expiresAt: expires },
      );
      if (given.flag('json')) printJson({ key, id: apiKey.id, organizationId });
      else {
        say(
          `The key ${apiKey.id} of the organization "${organizationName}" (${organizationId}), with the role ${apiKey.role}. It is not shown again:`,
        );
        print(key);
      }
      return exitStatus.success;
    } finally {
      await services.close();
    }
  },
};

/** @throws UsageError */
function optionsOf(given: Given): z.output<typeof Options> {
  const texts = Object.fromEntries(['organization', 'role', 'name', 'email', 'expires'].map((name) => [name, given.text(name)]));
  const collections = given.texts('collection');
  const parsed = Options.safeParse({ ...texts, collection: collections.length > 0 ? collections : undefined });
  if (parsed.success) return parsed.data;
  throw new UsageError(
    issuesOf(parsed.error)
      .map(({ path, message }) => `--${path[0]}: ${message}`)
      .join('\n'),
  );
}

/** @throws CommandError for an id of which there is none */
async function organizationOf(services: ControlServices, idOrName: string) {
  if (prefixOf(idOrName) !== 'org') return inTransaction(services, (tx) => ensureOrganization(tx, idOrName));
  const [organization] = await findOrganizations(services.db, [idOrName]);
  if (!organization) throw new CommandError('There is no organization with this id. Give a name to make one.');
  return organization;
}
