import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const integer = (least: number, most: number, example: number) =>
  z.coerce
    .number({ error: `must be a whole number, for example ${example}` })
    .int(`must be a whole number, for example ${example}`)
    .min(least, `must be at least ${least}, for example ${example}`)
    .max(most, `must be at most ${most}, for example ${example}`);

export const onOrOff = z.enum(['on', 'off'], { error: 'must be "on" or "off"' }).transform((value) => value === 'on');

/** Texts separated by commas, at least one, each of which has to fit. @param example what follows "for example" */
export const list = (fits: (text: string) => boolean, what: string, example: string) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((text) => text.trim())
        .filter(Boolean),
    )
    .refine((texts) => texts.length > 0 && texts.every(fits), { error: `must be ${what}, separated by commas, for example ${example}` });

/** A number of requests a minute; 0 = any number. */
export const perMinute = (example: number) => integer(0, 1_000_000_000, example).optional();

const isOrigin = (text: string) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
export const origins = list(isOrigin, 'origins without a path', 'https://app.example.com,http://localhost:5173');

export const networks = list(ipaddr.isValidCIDR, 'networks', '10.0.0.0/8,192.0.2.7/32');
