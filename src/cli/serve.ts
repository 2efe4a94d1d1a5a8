import { startApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLog } from '../lib/log.ts';
import { type Command, exitStatus } from './command.ts';
import { print, printJson } from './output.ts';

export const command: Command = {
  name: 'serve',
  description: 'Runs the gateway until it is asked to leave (Ctrl-C or SIGTERM). With --json it prints {"url": …} when it is ready.',
  positionals: [],
  options: {},
  async run(given) {
    const config = readConfig(process.env, process.cwd(), process.stdout.isTTY);
    const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
    const app = await startApp(config, log);
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      app.stop().then(
        () => leave(exitStatus.success, app.hasHungThread()),
        (err: unknown) => {
          log.error({ err }, 'could not stop in good order');
          leave(exitStatus.failure, app.hasHungThread());
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    // Only now: whoever reads this line may ask us to leave at once.
    if (given.flag('json')) printJson({ url: `${app.url}/graphql` });
    else print(`Headgate ready at ${app.url}/graphql`);
    return undefined;
  },
};

/** `process.exit` waits for all threads. When one of them cannot be ended, another program takes the place of this one and leaves with its status. */
function leave(status: number, hasHungThread: boolean): never {
  if (hasHungThread && process.execve) process.execve(process.execPath, [process.execPath, '-e', `process.exit(${status})`], {});
  process.exit(status);
}
