import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** `public`: public unicast addresses only. `private`: private ranges and loopback too. */
export const egressPolicies = ['public', 'private'] as const;
export type EgressPolicy = (typeof egressPolicies)[number];

/** Where clouds hand out credentials to whoever asks, outside the link-local ranges, which are forbidden as a whole. */
const metadataNetworks = [
  '100.100.100.200/32', // Alibaba
  'fd00:100::100:200/128', // Alibaba
  'fd00:ec2::/32', // AWS: instances, pods
  'fd20:ce::254/128', // Google
  'fd00:c1::a9fe:a9fe/128', // Oracle
  'fd00:42::42/128', // Scaleway
  'fd00:a9fe:a9fe::1/128', // Akamai
  '168.63.129.16/32', // Azure
].map((network) => ipaddr.parseCIDR(network));

/** Ranges that belong to the operator's own network. */
const privateRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

/** All that the Internet routes lies in it; the rest of what ipaddr.js calls unicast is not assigned. @see RFC 4291 section 2.4 */
const globalIpv6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether connectors may connect to an IP address. Link-local, cloud metadata, multicast, broadcast, unspecified and reserved addresses never,
 * nor those that tunnel to an IPv4 address (6to4, Teredo, ISATAP, "compatible"); a mapped or NAT64 address is judged by the IPv4 address in it.
 * What does not parse is forbidden.
 * @param own the addresses of this machine, which are no public ones: what listens there may count on a firewall that we are behind
 */
export function isAddressAllowed(address: string, policy: EgressPolicy, own: ReadonlySet<string> = ownAddresses()): boolean {
  const parsed = parse(address);
  if (!parsed || metadataNetworks.some((network) => isIn(parsed, network))) return false;
  const range = parsed.range();
  if (range === 'unicast') return policy === 'private' || !own.has(parsed.toNormalizedString());
  return policy === 'private' && privateRanges.has(range);
}

/** Every address of this machine as it is compared with. */
export function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.flatMap(({ address }) => parse(address)?.toNormalizedString() ?? []));
}

/** The address that is really reached, `undefined` when it is none that anybody should reach. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  // Only what a socket takes as an address, in all of its spellings: 127.1 is a name, which the resolver makes an address of.
  if (isIP(text) === 4) return ipaddr.IPv4.parse(text);
  // In digits alone, for ipaddr.js reads ::127.0.0.1 as ::ffff:127.0.0.1. A zone, which names one of our network interfaces, is no URL.
  const canonical = isIP(text) === 6 ? URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) : undefined;
  if (canonical === undefined) return undefined;
  const address = ipaddr.IPv6.parse(canonical);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const isNat64 = a === 0x64 && b === 0xff9b && c + d + e + f === 0;
  if (isNat64 || address.isIPv4MappedAddress()) return new ipaddr.IPv4([g >> 8, g & 255, h >> 8, h & 255]);
  // @see RFC 5214 section 6.1
  const isIsatap = (e & ~0x0200) === 0 && f === 0x5efe;
  return isIsatap || (address.range() === 'unicast' && !address.match(globalIpv6)) ? undefined : address;
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
