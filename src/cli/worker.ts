import { readConfig } from '../config.ts';
import { createLog } from '../lib/log.ts';
import { startSyncWorker } from '../sync-worker.ts';
import { type Command, CommandError } from './command.ts';
import { print, printJson } from './output.ts';
import { untilAskedToLeave } from './until-asked-to-leave.ts';

export const command: Command = {
  name: 'worker',
  description: `Runs sync jobs until it is asked to leave (Ctrl-C or SIGTERM), for gateways on the same PostgreSQL: any number of both.
With the embedded database there is nothing for it to do: the gateway runs the jobs itself.
With --json it prints {"ready": true} when it is.`,
  positionals: [],
  options: {},
  async run(given) {
    const config = readConfig(process.env, process.cwd(), process.stdout.isTTY);
    if (config.database.engine === 'sqlite')
      throw new CommandError('A worker needs DATABASE_URL=postgresql://…. With the embedded database the gateway runs the jobs itself.');
    const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
    const worker = await startSyncWorker(config, log);
    untilAskedToLeave(worker, log);
    if (given.flag('json')) printJson({ ready: true });
    else print('Headgate worker ready');
    return undefined;
  },
};
