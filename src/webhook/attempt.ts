import type { Dial } from '../connector/dial.ts';
import { SourceFailure } from '../connector/failures.ts';
import { retryAfterMsOf } from '../connector/retry-after.ts';
import type { Services } from '../context.ts';
import { SealBrokenError } from '../lib/cipher.ts';
import type { Errand } from './claim.ts';
import { openSecret } from './secret.ts';
import { signedHeaders } from './sign.ts';

/** What is read of an answer's body, so that its connection can be used again; it is shown to nobody. */
const mostBodyBytes = 4096;
const bodyMs = 1000;

/** What a deliverer has besides the services: the way out. */
export interface DeliveryServices extends Services {
  readonly dial: Dial;
}

export interface Outcome {
  /** `null` when no answer came. */
  readonly status: number | null;
  /** What the receiver asked for, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** What happened, a sentence for a person: nothing that the receiver sent is in it. */
  readonly message: string;
}

/**
 * Sends an event once. Never rejects for what the receiver does.
 * @throws the reason of `signal` when that aborts
 */
export async function attemptDelivery(
  { dial, config, encryptionKeys, log }: DeliveryServices,
  { webhook, delivery }: Errand,
  signal: AbortSignal,
): Promise<Outcome> {
  const tooSlow = AbortSignal.timeout(config.webhookTimeoutMs);
  try {
    const body = delivery.payload;
    const signed = signedHeaders(openSecret(encryptionKeys, webhook), { id: delivery.id, sentAt: new Date(), body });
    const response = await dial.fetch(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Headgate', ...signed },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, tooSlow]),
    });
    await drain(response.body);
    const { status, headers } = response;
    return { status, retryAfterMs: retryAfterMsOf(headers.get('retry-after')), message: `The receiver answered with status ${status}.` };
  } catch (error) {
    signal.throwIfAborted();
    if (tooSlow.aborted) return { status: null, message: `The receiver did not answer within ${config.webhookTimeoutMs / 1000} seconds.` };
    if (error instanceof SourceFailure) return { status: null, message: error.message };
    if (!(error instanceof SealBrokenError)) throw error;
    log.error({ err: error, webhookId: webhook.id }, 'the secret of a webhook does not open');
    return { status: null, message: 'Its signing secret does not open with the keys of this gateway.' };
  }
}

/** The answer counts from its status on: a body that is long, slow or breaks off changes nothing. */
async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  const reader = body?.getReader();
  if (!reader) return;
  const enough = () => void reader.cancel().catch(() => {});
  const timer = setTimeout(enough, bodyMs);
  try {
    for (let bytes = 0; bytes <= mostBodyBytes; ) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
    }
    enough();
  } catch {
    // It broke off.
  } finally {
    clearTimeout(timer);
  }
}
