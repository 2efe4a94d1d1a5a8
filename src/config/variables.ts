import { z } from 'zod';

export const integer = (least: number, most: number, example: number) =>
  z.coerce
    .number({ error: `must be a whole number, for example ${example}` })
    .int(`must be a whole number, for example ${example}`)
    .min(least, `must be at least ${least}, for example ${example}`)
    .max(most, `must be at most ${most}, for example ${example}`);

export const onOrOff = z.enum(['on', 'off'], { error: 'must be "on" or "off"' }).transform((value) => value === 'on');
