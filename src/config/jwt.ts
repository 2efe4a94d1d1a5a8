import { z } from 'zod';
import { isLoopback } from './loopback.ts';
import { list } from './variables.ts';

/** How tokens are verified that somebody else issues. */
export interface JwtConfig {
  /** Where the issuer's keys are. */
  readonly jwksUrl: string;
  readonly issuer: string;
  /** A token has to be for one of them. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  /** The claim with one or several organizations, by id or exact name. */
  readonly organizationClaim: string;
  /** The claim with one or several roles. */
  readonly roleClaim: string;
}

/** Signatures that only the issuer can make: with HS256 whoever can verify a token can write one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export const jwtVariables = {
  HEADGATE_JWT_JWKS_URL: z.string().refine(isSafeUrl, 'must be an https URL, for example https://login.example.com/.well-known/jwks.json').optional(),
  HEADGATE_JWT_ISSUER: z.string().optional(),
  HEADGATE_JWT_AUDIENCE: list(Boolean, 'names', 'headgate').optional(),
  HEADGATE_JWT_ALGORITHMS: list((text) => algorithms.includes(text), `some of ${algorithms.join(' ')}`, 'RS256,ES256').default([
    'RS256',
    'ES256',
    'EdDSA',
  ]),
  HEADGATE_JWT_ORGANIZATION_CLAIM: z.string().default('organization'),
  HEADGATE_JWT_ROLE_CLAIM: z.string().default('role'),
};

type JwtEnvironment = z.output<z.ZodObject<typeof jwtVariables>>;

/** Tokens count once it is said where the keys are, who issues them and for whom: a token of the same issuer for another program must not. */
const needed = { HEADGATE_JWT_JWKS_URL: 'https://…', HEADGATE_JWT_ISSUER: 'https://login.example.com/', HEADGATE_JWT_AUDIENCE: 'headgate' } as const;

/**
 * @param isGiven whether a variable is set, be it wrongly
 * @returns `null` when no tokens count
 */
export function jwtConfig(env: JwtEnvironment, isLocal: boolean, isGiven: (variable: string) => boolean, problems: string[]): JwtConfig | null {
  const names = Object.keys(needed) as (keyof typeof needed)[];
  const first = names.find(isGiven);
  if (first === undefined) return null;
  if (isLocal) problems.push(`${first} needs HEADGATE_AUTH=keys: with local auth every caller is the administrator`);
  for (const name of names) if (!isGiven(name)) problems.push(`${name} must be set when ${first} is, for example ${needed[name]}`);
  return {
    jwksUrl: env.HEADGATE_JWT_JWKS_URL ?? '',
    issuer: env.HEADGATE_JWT_ISSUER ?? '',
    audience: env.HEADGATE_JWT_AUDIENCE ?? [],
    algorithms: env.HEADGATE_JWT_ALGORITHMS,
    organizationClaim: env.HEADGATE_JWT_ORGANIZATION_CLAIM,
    roleClaim: env.HEADGATE_JWT_ROLE_CLAIM,
  };
}

/** Who can change the keys on their way can write tokens. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[(.*)\]$/, '$1')));
}
