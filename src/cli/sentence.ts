import { ConfigError } from '../config.ts';
import { UpgradeError } from '../db/copy-before-upgrade.ts';
import { DataFolderInUseError } from '../db/data-lock.ts';
import { ValidationError } from '../errors.ts';
import { KeyFileError } from '../lib/key-file.ts';
import { CommandError } from './command.ts';

/** What kept a command from its work and what to do about it; `undefined` for what nobody expected. */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof ValidationError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  if ([CommandError, ConfigError, DataFolderInUseError, KeyFileError, UpgradeError].some((known) => error instanceof known))
    return (error as Error).message;
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const { code, syscall, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another program. Stop it, or set PORT to another one; PORT=0 takes any that is free.`;
  if (code === 'EACCES' && syscall === 'listen') return `This user may not listen on port ${port}. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return 'HOST is not an address of this machine. Set it to one that is, for example 127.0.0.1.';
  const isAboutFolder = syscall !== undefined || String(code).startsWith('SQLITE_');
  return isAboutFolder ? `The data folder cannot be used: ${message}. Mend it, or set HEADGATE_DATA_DIR to another folder.` : undefined;
}
