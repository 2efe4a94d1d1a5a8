import { z } from 'zod';

export const collectionNameRule = z.string().trim().min(1, 'Use 1 to 80 characters.').max(80, 'Use 1 to 80 characters.');
export const readableIdRule = z
  .string()
  .max(64, 'Use at most 64 characters.')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Use lower-case letters, digits and single hyphens between them.');
