import { startApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../lib/log.ts';
import type { Command } from './command.ts';
import { print, printJson } from './output.ts';
import { untilAskedToLeave } from './until-asked-to-leave.ts';

export const command: Command = {
  name: 'serve',
  description: 'Runs the gateway until it is asked to leave (Ctrl-C or SIGTERM). With --json it prints {"url": …} when it is ready.',
  positionals: [],
  options: {},
  async run(given) {
    const config = readConfig(process.env, process.cwd(), process.stdout.isTTY);
    const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
    const app = await startApp(config, log);
    // Before the line is printed: whoever reads it may ask us to leave at once.
    untilAskedToLeave(app, log);
    if (given.flag('json')) printJson({ url: `${app.url}/graphql` });
    else print(`Headgate ready at ${app.url}/graphql`);
    return undefined;
  },
};
