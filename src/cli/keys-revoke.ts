import { idOfKey } from '../api-key/key-text.ts';
import { apiKeys } from '../api-key/read.ts';
import { revokeApiKey } from '../api-key/revoke.ts';
import { auditCommand } from '../audit/audit-command.ts';
import { readConfig } from '../config.ts';
import { localActor } from '../lib/actor.ts';
import { type Command, CommandError, exitStatus } from './command.ts';
import { openServicesBeside } from './control-services.ts';
import { print, printJson } from './output.ts';

export const command: Command = {
  name: 'keys revoke',
  description: `Revokes an API key, by its id (key_…) or by how it begins (hg_…). The gateway may run meanwhile: it refuses the key from now on, and closes
its sockets within seconds. Revoking it again changes nothing.`,
  positionals: ['KEY_ID_OR_PREFIX'],
  options: {},
  async run(given) {
    const id = idOfKey(given.positionals[0] ?? '');
    const services = await openServicesBeside(readConfig(process.env, process.cwd()));
    try {
      const raw = await services.db.selectFrom('api_key').selectAll().where('id', '=', id).executeTakeFirst();
      if (!raw) throw new CommandError('There is no such API key. See: headgate keys list');
      const { organizationId } = apiKeys.toRow(raw);
      const witness = auditCommand({ organizationId, actor: localActor, operation: 'keys revoke' });
      const { name, revokedAt } = await revokeApiKey({ ...services, organizationId, witness }, id);
      if (given.flag('json')) printJson({ id, revokedAt });
      else print(`The key ${id} (${name}) is revoked.`);
      return exitStatus.success;
    } finally {
      await services.close();
    }
  },
};
