import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback';
}
