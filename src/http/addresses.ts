import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

function parsed(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text);
}

function isIn(address: Address, networks: readonly Network[]): boolean {
  return networks.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

/**
 * Makes the function that tells from where a request comes. What `X-Forwarded-For` says is believed only as far as trusted
 * proxies have written it: anybody can send that header.
 * @param trustedProxies networks as `10.0.0.0/8`
 */
export function createAddressOf(trustedProxies: readonly string[] = []): (request: IncomingMessage) => string {
  const trusted = trustedProxies.map((network) => ipaddr.parseCIDR(network) as Network);

  return ({ headers, socket: { remoteAddress = '' } }) => {
    if (trusted.length === 0) return remoteAddress;
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = remoteAddress;
    for (;;) {
      const peer = parsed(address);
      if (!peer || !isIn(peer, trusted)) return address;
      const before = parsed(forwarded.pop()?.trim() ?? '');
      if (!before) return address;
      address = before.toString();
    }
  };
}

/** The part of an address that one customer of a network has: a single IPv4 address, or 2^64 of IPv6. */
export function neighbourhoodOf(address: string): string {
  const known = parsed(address);
  if (known?.kind() !== 'ipv6') return known?.toString() ?? address;
  return `${(known as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
