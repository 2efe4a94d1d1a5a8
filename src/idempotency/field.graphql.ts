import { z } from 'zod';
import type { builder } from '../builder.ts';

type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

/** The same in every mutation that has it. */
export function idempotencyKeyField(t: InputFields) {
  return t.string({
    description:
      'A word of your own, at most 255 characters: the same key and input within 24 hours gives the first answer again, other input is a ConflictError.',
    validate: { schema: z.string().min(1, 'Use 1 to 255 characters.').max(255, 'Use 1 to 255 characters.') },
  });
}
