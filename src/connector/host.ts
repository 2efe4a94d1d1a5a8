/**
 * One host name or IP address, as far as its characters go: no path (a Unix socket), no list, no URL, no zone of a network interface.
 * What a resolver makes of it is checked after it was resolved.
 */
export const hostPattern = /^[^\s\p{Cc}/\\,;@%?#[\]]+$/u;
