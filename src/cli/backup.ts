import { resolve } from 'node:path';
import { readConfig } from '../config.ts';
import { type Backup, copyData } from './backup/copy.ts';
import { type Command, exitStatus, UsageError } from './command.ts';
import { openControlBeside } from './control-database.ts';
import { count, inMebibytes, print, printJson } from './output.ts';

export const command: Command = {
  name: 'backup',
  description: `Copies the control database and the records into a new folder, as they were at one moment. The gateway may run meanwhile.
To restore, start a gateway with HEADGATE_DATA_DIR set to the copy and the key file back in it (encryption.keys);
syncs that were running go on from their last checkpoint.
The keys are left out: whoever has the data and the keys can read every credential, so keep them in two places.`,
  positionals: [],
  options: {
    to: { type: 'string', value: 'FOLDER', help: 'Where to; must not exist yet, or be empty' },
    'with-keys': { type: 'boolean', help: 'Copy the key file too. Then guard the copy like the passwords that are in it' },
  },
  async run(given) {
    const to = given.text('to');
    if (!to) throw new UsageError('--to FOLDER is missing.');
    const config = readConfig(process.env, process.cwd());
    const lock = openControlBeside(config);
    try {
      const backup = await copyData({ config, lock, to: resolve(to), withKeys: given.flag('with-keys') });
      if (given.flag('json')) printJson(backup);
      else print(report(backup));
      return exitStatus.success;
    } finally {
      lock.close();
    }
  },
};

function report({ to, files, withKeys }: Backup): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const keys = withKeys
    ? 'The keys are in it: whoever can read it can read every credential.'
    : 'The keys are not in it: keep a copy of them elsewhere. Without them no credential in the backup opens.';
  return `${count(files.length, 'file')}, ${inMebibytes(bytes)}, in ${to}\n${keys}`;
}
