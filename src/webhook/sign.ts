import { createHmac } from 'node:crypto';

export interface Message {
  /** The same whenever the event is sent: what a receiver knows it by. */
  readonly id: string;
  /** Of the attempt: receivers refuse what is too old. */
  readonly sentAt: Date;
  readonly body: string;
}

/**
 * The headers by which a receiver knows that we sent a message, and when.
 * @param secret `whsec_…`
 * @see https://www.standardwebhooks.com
 */
export function signedHeaders(secret: string, { id, sentAt, body }: Message): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
