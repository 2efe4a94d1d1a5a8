import { z } from 'zod';

export const keyNameRule = z.string().trim().min(1, 'Use 1 to 80 characters.').max(80, 'Use 1 to 80 characters.');
export const keyEmailRule = z.email('This is no e-mail address.').max(254, 'Use at most 254 characters.');
export const keyExpiryRule = z.date().refine((expiresAt) => expiresAt.getTime() > Date.now(), 'It has to be in the future.');
export const keyCollectionsRule = z
  .array(z.string())
  .min(1, 'Name at least one, or leave this out for a key to all of them.')
  .max(100, 'Name at most 100.');
