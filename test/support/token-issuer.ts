import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** As the issuer publishes it. */
  readonly jwk: JWK;
  readonly alg: string;
}

export async function newSigningKey(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicKey, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

export interface TokenIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** The keys that it publishes; `null` = it answers nothing but errors. */
  published: readonly JWK[] | null;
  /** How often the keys were fetched. */
  fetched(): number;
  /** A token that counts for the gateway, with these claims in the place of others; `undefined` takes one away. */
  sign(key: SigningKey, claims?: JWTPayload, header?: object): Promise<string>;
  close(): void;
}

/** Somebody who issues tokens: a server with a key set, on a free port. */
export async function startTokenIssuer(audience: string): Promise<TokenIssuer> {
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched += 1;
    const { published } = issuer;
    response.writeHead(published ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published ?? [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: TokenIssuer = {
    issuer: `${origin}/`,
    jwksUrl: `${origin}/keys`,
    published: [],
    fetched: () => fetched,
    sign({ privateKey, alg, jwk }, claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: `${origin}/`, aud: audience, sub: 'ann', iat: now, exp: now + 300, role: 'ADMIN', organization: 'Acme', ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(payload))).setProtectedHeader({ alg, kid: jwk.kid ?? '', ...header }).sign(privateKey);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return issuer;
}
