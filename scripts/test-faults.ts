import { spawnSync } from 'node:child_process';

/** `npm run test:faults -- [--long] [what vitest takes]` */
const given = process.argv.slice(2);
const rest = given.filter((argument) => argument !== '--long');
const env = { ...process.env, ...(rest.length < given.length ? { HEADGATE_FAULT_LONG: '1' } : {}) };
const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
process.exitCode =
  spawnSync(process.execPath, [vitest, 'run', '--config', 'vitest.faults.config.ts', ...rest], { env, stdio: 'inherit' }).status ?? 1;
