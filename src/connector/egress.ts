import ipaddr from 'ipaddr.js';

/** `public`: public unicast addresses only. `private`: private ranges and loopback too. */
export const egressPolicies = ['public', 'private'] as const;
export type EgressPolicy = (typeof egressPolicies)[number];

/** Where clouds hand out credentials to whoever asks. The IPv4 link-local one is forbidden with its whole range. */
const metadataAddresses = new Set(['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16'].map(normal));

/** Ranges that belong to the operator's own network. */
const privateRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

function normal(address: string): string {
  return ipaddr.parse(address).toNormalizedString();
}

/**
 * Whether connectors may connect to an IP address. Link-local, cloud metadata, multicast, broadcast, unspecified and reserved addresses never;
 * an IPv6 address that embeds an IPv4 address (mapped, NAT64, 6to4) is judged by both. What does not parse is forbidden.
 */
export function isAddressAllowed(address: string, policy: EgressPolicy): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6) {
    const embedded = embeddedIpv4(parsed);
    if (embedded) return isAddressAllowed(embedded, policy);
  }
  if (metadataAddresses.has(parsed.toNormalizedString())) return false;
  const range = parsed.range();
  return range === 'unicast' || (policy === 'private' && privateRanges.has(range));
}

function embeddedIpv4(address: ipaddr.IPv6): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  // ::1 and :: are what they are; everything else in ::/96 is an IPv4 address in the old "compatible" form.
  const isCompatible = a + b + c + d + e + f === 0 && g !== 0;
  const isNat64 = a === 0x64 && b === 0xff9b && c + d + e + f === 0;
  if (isCompatible || isNat64 || address.isIPv4MappedAddress()) return dotted(g, h);
  if (a === 0x2002) return dotted(b, c);
  return undefined;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
