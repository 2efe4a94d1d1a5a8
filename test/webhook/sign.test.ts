import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { mostAttempts, waitMsAfter } from '../../src/webhook/after-attempt.ts';
import { newSecret } from '../../src/webhook/secret.ts';
import { signedHeaders } from '../../src/webhook/sign.ts';

const message = { id: 'msg_01h455vb4pex5vsknk084sn02q', sentAt: new Date(), body: '{"type":"sync_job.transition","data":{"name":"Ünicode"}}' };

describe('a signature', () => {
  test('is accepted by the library that receivers use', () => {
    const secret = newSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Webhook(secret).verify(message.body, signedHeaders(secret, message))).toEqual(JSON.parse(message.body));
  });

  test('is that of the standard', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const known = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', sentAt: new Date(1_614_265_330_999), body: '{"test": 2432232314}' };
    expect(signedHeaders(secret, known)).toEqual({
      'webhook-id': known.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('does not fit another secret, body, id or time', () => {
    const secret = newSecret();
    const headers = signedHeaders(secret, message);
    const refused = (other: string, body = message.body, changed: object = {}) =>
      expect(() => new Webhook(other).verify(body, { ...headers, ...changed })).toThrow('No matching signature');
    refused(newSecret());
    refused(secret, message.body.replace('U', 'u').replace('Ü', 'u'));
    refused(secret, message.body, { 'webhook-id': 'msg_other' });
    refused(secret, message.body, { 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1) });
  });
});

describe('the wait after a failed attempt', () => {
  test('grows eightfold, and is between half of its step and all of it', () => {
    const steps = Array.from({ length: mostAttempts - 1 }, (_, index) => [0, 1].map((random) => waitMsAfter(index + 1, 5_000, undefined, random)));
    expect(steps).toEqual([
      [2_500, 5_000],
      [20_000, 40_000],
      [160_000, 320_000],
      [1_280_000, 2_560_000],
    ]);
  });

  test('is as long as the receiver asks for, up to an hour, and never shorter than without', () => {
    expect(waitMsAfter(1, 5_000, 30_000)).toBe(30_000);
    expect(waitMsAfter(1, 5_000, 86_400_000)).toBe(3_600_000);
    expect(waitMsAfter(4, 5_000, 1)).toBeGreaterThanOrEqual(1_280_000);
  });
});
