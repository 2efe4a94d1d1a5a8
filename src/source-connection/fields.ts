import { z } from 'zod';

/** The rules for what people write about a source connection, the same in every mutation. */
export const nameRule = z.string().trim().min(4, 'Use 4 to 42 characters.').max(42, 'Use 4 to 42 characters.');
export const descriptionRule = z.string().max(255, 'Use at most 255 characters.');
export const metadataRule = z
  .record(
    z.string().min(1, 'A key needs at least one character.').max(64, 'Keys have at most 64 characters.'),
    z.string('Values are strings.').max(512, 'Values have at most 512 characters.'),
  )
  .refine((metadata) => Object.keys(metadata).length <= 16, 'At most 16 pairs.');

/** All of them, for a new source connection. */
export const textsRule = z.object({ name: nameRule, description: descriptionRule.nullish(), metadata: metadataRule.nullish() });
