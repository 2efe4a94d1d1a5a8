import { SourceFailure } from './failures.ts';

const timeouts = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

const certificateCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA|ERROR_IN_CERT|PATH_LENGTH_EXCEEDED)/;

const reasons: Record<string, string> = {
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name server did not answer',
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
};

/**
 * Says what a network error means to a person. @param place the host, or host and port, as the person typed it
 * @returns a `SourceFailure` found among the causes as it is; TIMEOUT, CONFIG for certificates and TLS, else UNAVAILABLE
 */
export function networkFailure(error: unknown, place: string): SourceFailure {
  const known = findFailure(error);
  if (known) return known;
  const code = errorCode(error);
  const cause = { cause: error };
  if (timeouts.has(code)) return new SourceFailure('TIMEOUT', `${place} did not answer in time.`, cause);
  if (certificateCodes.test(code)) return new SourceFailure('CONFIG', `The certificate of ${place} cannot be trusted (${code}).`, cause);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return new SourceFailure('CONFIG', `${place} does not speak TLS as it should (${code}).`, cause);
  return new SourceFailure('UNAVAILABLE', `${place} could not be reached${code ? `: ${reasons[code] ?? code}` : ''}.`, cause);
}

function findFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceFailure) return error;
  return error instanceof Error ? (findFailure(error.cause) ?? siblings(error).map(findFailure).find(Boolean)) : undefined;
}

/** The first code on the way down the causes; an AggregateError (one error for each address tried) speaks by its last, the code that decided. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const deciding = errorCode(siblings(error).at(-1));
  if (deciding) return deciding;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : errorCode(error.cause);
}

function siblings(error: Error): readonly unknown[] {
  return error instanceof AggregateError ? error.errors : [];
}
