import { z } from 'zod';
import type { ConnectorContext } from '../../connector/connector.ts';
import { field, secret } from '../../connector/field.ts';
import { formats } from './format.ts';
import type { HttpCredentials } from './open-http.ts';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'Give a URL that begins with http:// or https://.' })
  .refine((url) => !URL.parse(url)?.username && !URL.parse(url)?.password, 'Leave user name and password out of the URL; they are credentials.');

export const configSchema = z
  .object({
    path: field(z.string().min(1).max(4096).optional(), {
      title: 'Path',
      description:
        'A local file inside the folder that files may be read from, or several as a glob (*, **, ?, [ab], {a,b}); give this or a URL. May be compressed with gzip, save Parquet.',
      examples: ['customers.csv', 'orders/**/*.ndjson.gz'],
    }),
    url: field(httpUrl.optional(), { title: 'URL', description: 'A file on a web server; give this or a path.', target: true }),
    format: field(z.enum(formats).default('auto'), {
      title: 'Format',
      description: 'What the file holds; "auto" tells by its name, its content type or its first bytes.',
    }),
    globStreams: field(z.enum(['per-file', 'merged']).default('per-file'), {
      title: 'Streams of a glob',
      description:
        'per-file makes a stream of each file, named by its path; merged makes one stream of all of them, whose records say in the field _file where they come from.',
    }),
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), { path: ['path'], message: 'Give either a path or a URL.' });

export const credentialSchemas = {
  NONE: z.object({}),
  CREDENTIALS: z.object({
    username: field(
      z
        .string()
        .min(1)
        .regex(/^[^:\p{Cc}]*$/u, 'A user name cannot hold a colon or control characters.'),
      { title: 'User name', description: 'For basic authentication with the web server.' },
    ),
    password: secret(z.string(), { title: 'Password', description: 'For basic authentication with the web server.' }),
  }),
  API_KEY: z.object({
    token: secret(z.string().regex(/^[\x21-\x7e]+$/, 'A token is made of visible ASCII characters, without spaces.'), {
      title: 'Token',
      description: 'Sent to the web server as a bearer token.',
    }),
  }),
};

export type FilesContext = ConnectorContext<z.output<typeof configSchema>, HttpCredentials>;
