#!/usr/bin/env node
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Headgate needs Node.js 22.18 or newer; this is ${process.versions.node}. Install a newer one, or use "npm start", which brings its own.`,
  );
  process.exit(1);
}

// What one start has compiled the next one need not: two thirds of the time to the first answer.
module.enableCompileCache();

// Imported only now: an older Node.js would already stumble over what this imports.
const { runCli } = await import('./cli.ts');
await runCli(process.argv.slice(2));
