import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { ConnectorContext } from '../../connector/connector.ts';
import { field, secret } from '../../connector/field.ts';
import { hostPattern } from '../../connector/host.ts';

export const tlsModes = ['disable', 'require', 'verify-full'] as const;

export const configSchema = z.object({
  schemas: field(z.array(z.string().min(1)).min(1).default(['public']), {
    title: 'Schemas',
    description: 'The schemas whose tables and views are offered as streams.',
  }),
  tls: field(z.enum(tlsModes).optional(), {
    title: 'TLS',
    description:
      'verify-full encrypts and verifies the certificate and the host name; require only encrypts (and verifies the certificate when a CA certificate is given). ' +
      'When left out: disable for a loopback host, else verify-full.',
    target: true,
  }),
  caCertificate: field(z.string().min(1).optional(), {
    title: 'CA certificate',
    description: 'Certificates in PEM form that the server’s certificate is verified against, instead of the public ones.',
    multiline: true,
  }),
});

/** In the message that opens a session a zero byte ends the name, and what comes after it would be other parameters. */
const name = z
  .string()
  .min(1)
  .regex(/^\P{Cc}*$/u, 'A name cannot hold control characters.');

export const credentialsSchema = z.object({
  host: field(z.string().max(253).regex(hostPattern, 'Give one name or IP address: no path, no list, no URL.'), {
    title: 'Host',
    description: 'Name or IP address of the server.',
    target: true,
    examples: ['db.example.com'],
  }),
  port: field(z.int().min(1).max(65_535).default(5432), { title: 'Port', description: 'The port the server listens on.', target: true }),
  database: field(name, { title: 'Database', description: 'The database to read.', target: true }),
  username: field(name, { title: 'User name', description: 'A role that may read the tables; it needs no other right.' }),
  password: secret(z.string(), { title: 'Password', description: 'The password of the role.' }),
});

export type PostgresqlContext = ConnectorContext<z.output<typeof configSchema>, z.output<typeof credentialsSchema>>;

/** Judged by the host as it was typed: what a name server says must not turn encryption off. */
export function tlsModeOf({ config, credentials: { host } }: PostgresqlContext): (typeof tlsModes)[number] {
  const isLoopback = host === 'localhost' || (isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback');
  return config.tls ?? (isLoopback ? 'disable' : 'verify-full');
}
