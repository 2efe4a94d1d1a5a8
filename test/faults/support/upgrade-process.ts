import { join } from 'node:path';
import { readConfig } from '../../../src/config.ts';
import { lockDataFolder } from '../../../src/db/data-lock.ts';
import { makeDataFolder, openControlData } from '../../../src/first-start.ts';
import { createLog } from '../../../src/lib/log.ts';

/** What a gateway does with its database when it starts, and nothing that it does afterwards: `upgrade-process.ts`, with the gateway's environment. */
const config = readConfig(process.env, process.cwd());
makeDataFolder(config);
lockDataFolder(join(config.dataDir, 'headgate.lock'));
process.stdout.write('begins\n');
const { database } = await openControlData(config, createLog({ level: 'silent', pretty: false }));
await database.close();
process.stdout.write('done\n');
process.exit(0);
