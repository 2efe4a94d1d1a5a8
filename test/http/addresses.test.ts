import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createAddressOf, neighbourhoodOf } from '../../src/http/addresses.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  it.each([
    ['is the peer where no proxy is trusted', [], '10.0.0.1', '203.0.113.9', '10.0.0.1'],
    ['is the peer where it is no trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    ['is what a trusted proxy saw', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['is not what the client wrote before that', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [
      'is found behind several trusted proxies',
      ['10.0.0.0/8', '192.0.2.7/32'],
      '10.0.0.1',
      '198.51.100.1, 203.0.113.9, 192.0.2.7, 10.9.9.9',
      '203.0.113.9',
    ],
    ['is the proxy where that says nothing', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
    ['is the proxy where that says nonsense', ['10.0.0.0/8'], '10.0.0.1', '<script>', '10.0.0.1'],
    ['is the outermost proxy where all are trusted', ['10.0.0.0/8'], '10.0.0.1', '10.2.0.1, 10.3.0.1', '10.2.0.1'],
    ['is known behind an IPv4 proxy on an IPv6 socket', ['10.0.0.0/8'], '::ffff:10.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['is known behind an IPv6 proxy', ['fd00::/8'], 'fd00::1', '203.0.113.9', '203.0.113.9'],
  ] as const)('%s', (_title, trusted, peer, forwarded, expected) => {
    expect(createAddressOf(trusted)(from(peer, forwarded))).toBe(expected);
  });
});

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['', ''],
])('what is counted for the address %s is %s', (address, expected) => {
  expect(neighbourhoodOf(address)).toBe(expected);
});
