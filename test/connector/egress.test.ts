import { describe, expect, test } from 'vitest';
import { isAddressAllowed, ownAddresses } from '../../src/connector/egress.ts';

const allowed = (address: string, own = new Set<string>()) => [isAddressAllowed(address, 'public', own), isAddressAllowed(address, 'private', own)];

describe('which addresses may be dialled', () => {
  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])('%s is public and always allowed', (address) => {
    expect(allowed(address)).toEqual([true, true]);
  });

  test.each([
    ...['127.0.0.1', '127.255.255.254', '10.1.2.3', '192.168.0.1', '172.16.0.1', '100.64.0.1'],
    ...['::1', 'fd12::1', '::ffff:10.0.0.1', '::ffff:7f00:1', '64:ff9b::a00:1', '64:ff9b::7f00:1'],
  ])('%s is private and only allowed where private networks are', (address) => {
    expect(allowed(address)).toEqual([false, true]);
  });

  test.each([
    ...[
      '169.254.169.254',
      '169.254.170.2',
      '169.254.0.23',
      '::ffff:169.254.169.254',
      '::ffff:a9fe:a9fe',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b::169.254.169.254',
    ],
    ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42', 'fd00:a9fe:a9fe::1', 'fd00:100::100:200'],
    ...['100.100.100.200', '::ffff:100.100.100.200', '168.63.129.16', '::ffff:168.63.129.16', '192.0.0.192'],
  ])('%s hands out the credentials of a cloud machine and is never allowed', (address) => {
    expect(allowed(address)).toEqual([false, false]);
  });

  test.each([
    ...['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0', '64:ff9b::', '255.255.255.255', '224.0.0.1', 'ff02::1', '240.0.0.1'],
    ...['fe80::1', 'fec0::1', '192.88.99.1', '198.18.0.1', '203.0.113.1', '100::1', '2001:db8::1', '2001:2::1', '3fff::1', '5f00::1'],
    // Assigned to nobody, whatever a library calls them.
    ...['1000::1', '4000::1', '8000::1', 'e000::1', '200::1', '::2', '64:ff9b:2::1'],
  ])('%s is no address of a server and is never allowed', (address) => {
    expect(allowed(address)).toEqual([false, false]);
  });

  test.each([
    ['6to4', '2002:7f00:1::'],
    ['6to4', '2002:808:808::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-translated', '::ffff:0:7f00:1'],
    ['ISATAP', '2606:4700::5efe:7f00:1'],
    ['ISATAP', '2606:4700::200:5efe:a00:1'],
    ['NAT64 of a local network', '64:ff9b:1::a00:1'],
  ])('what tunnels to another address is never allowed: %s, %s', (_title, address) => {
    expect(allowed(address)).toEqual([false, false]);
  });

  test.each(['::1%lo', 'fe80::1%eth0', '2606:4700::1111%eth0'])('the zone of a network interface is never allowed: %s', (address) => {
    expect(allowed(address)).toEqual([false, false]);
  });

  // Resolvers make addresses of some of these; it is the address that is judged.
  test.each([
    ...['', 'not an address', 'localhost', '8.8.8.8/8', '8.8.8.8:80', '[::1]', '8.8.8.8 ', '8.8.8.8\0'],
    ...['127.1', '2130706433', '0177.0.0.1', '010.8.8.8', '0x7f.1', '017700000001', '１２７.0.0.1'],
  ])('what a socket does not take as an address is never allowed: %j', (address) => {
    expect(allowed(address)).toEqual([false, false]);
  });

  test('a public address of this machine is not the public network', () => {
    const own = new Set(['8.8.8.8', '2606:4700:0:0:0:0:0:1111']);
    for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '2606:4700::1111']) expect(allowed(address, own), address).toEqual([false, true]);
    expect(allowed('8.8.4.4', own)).toEqual([true, true]);
    expect(ownAddresses()).toContain('127.0.0.1');
  });
});
