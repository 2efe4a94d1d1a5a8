import { setTimeout as sleep } from 'node:timers/promises';
import { SourceFailure } from './failures.ts';

/** In public mode nobody hears earlier that a place was not reached: a refusal without dialling must not be told by its speed. */
const soonestRefusalMs = 1000;

/** Of a server that was reached. */
const silences = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const timeouts = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', ...silences]);

const certificateProblems = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its authority is not one that is trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'its authority is not one that is trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its authority is not one that is trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its authority is not one that is trusted'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['CERT_REVOKED', 'it was revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another name'],
  ['HOSTNAME_MISMATCH', 'it is for another name'],
]);
const certificateCodes =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA|ERROR_IN_CERT|PATH_LENGTH_EXCEEDED)/;

const reasons = new Map([
  ['ENOTFOUND', 'there is no host of this name'],
  ['EINVAL', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name server did not answer'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ENETUNREACH', 'there is no way to the network'],
  ['ECONNRESET', 'the connection was broken off'],
  ['EPIPE', 'the connection was broken off'],
  ['UND_ERR_SOCKET', 'the connection was broken off'],
]);

/**
 * Says what a network error means to a person, in sentences of ours: nothing that the other side sent is in them.
 * @param place the host, or host and port, as the person typed it
 * @returns a `SourceFailure` found among the causes as it is; TIMEOUT, CONFIG for certificates and TLS, else UNAVAILABLE
 */
export function networkFailure(error: unknown, place: string): SourceFailure {
  const known = findFailure(error);
  if (known) return known;
  const code = errorCode(error);
  const cause = { cause: error };
  if (timeouts.has(code)) return new SourceFailure('TIMEOUT', `${place} did not answer in time.`, cause);
  const reason = reasons.get(code);
  return tlsFailure(error, place) ?? new SourceFailure('UNAVAILABLE', `${place} could not be reached${reason ? `: ${reason}` : ''}.`, cause);
}

/**
 * The same failure whether the name does not exist, leads to an address that may not be dialled, or nothing answers there: who may only reach
 * the public network must not be able to map ours. What is wrong with a server that was reached (its TLS, its silence) is told.
 */
function publicFailure(error: unknown, place: string): SourceFailure {
  if (silences.has(errorCode(error))) return networkFailure(error, place);
  const sentence = `${place} could not be reached. Only servers on the public Internet can be.`;
  return tlsFailure(error, place) ?? new SourceFailure('UNAVAILABLE', sentence, { cause: error });
}

/** Runs an attempt to reach a place; in public mode its failure is `publicFailure`, a second after the start at the soonest. */
export async function reach<T>(place: string, isPublic: boolean, signal: AbortSignal | null | undefined, attempt: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await attempt();
  } catch (error) {
    signal?.throwIfAborted();
    if (!isPublic) throw networkFailure(error, place);
    const tooEarlyMs = soonestRefusalMs - (performance.now() - startedAt);
    if (tooEarlyMs > 0) await sleep(tooEarlyMs, undefined, signal ? { signal } : {}).catch(() => {});
    signal?.throwIfAborted();
    throw publicFailure(error, place);
  }
}

function tlsFailure(error: unknown, place: string): SourceFailure | undefined {
  const code = errorCode(error);
  if (certificateCodes.test(code)) {
    const problem = certificateProblems.get(code);
    return new SourceFailure('CONFIG', `The certificate of ${place} cannot be trusted${problem ? `: ${problem}` : ''}.`, { cause: error });
  }
  const isTls = code.startsWith('ERR_SSL_') || code === 'EPROTO';
  return isTls ? new SourceFailure('CONFIG', `${place} does not speak TLS as it should.`, { cause: error }) : undefined;
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
