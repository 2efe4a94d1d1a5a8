import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, pino } from 'pino';

const require = createRequire(import.meta.url);

export type Log = Logger;

export interface LogOptions {
  /** pino level. @default "info" */
  readonly level: string;
  /** Coloured lines for a person instead of JSON. */
  readonly pretty: boolean;
  readonly destination?: DestinationStream;
}

/** Paths that carry secrets, whoever logs them. Values are redacted a second time where connectors speak (`redact.ts`). */
const secretPaths = [
  'credentials',
  'password',
  'token',
  'secret',
  'authorization',
  '*.credentials',
  '*.password',
  '*.token',
  '*.secret',
  '*.authorization',
];

export function createLog({ level, pretty, destination }: LogOptions): Log {
  const options = { level, redact: { paths: secretPaths, censor: '[redacted]' }, base: null };
  if (destination) return pino(options, destination);
  if (pretty) {
    // Loaded only for a person: it is as large as the logger itself, and each thread would load it again.
    const { PinoPretty } = require('pino-pretty') as typeof import('pino-pretty');
    return pino(options, PinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss' }));
  }
  return pino(options);
}
