import { LimitExceededError, ValidationError } from '../errors.ts';

export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface PageLimits {
  /** Items when neither `first` nor `last` is given. */
  readonly usual: number;
  readonly most: number;
}

export const listLimits: PageLimits = { usual: 20, most: 100 };

/** @throws LimitExceededError for a larger page than allowed, ValidationError for arguments that contradict each other */
export function pageSize({ first, last }: PageArgs, limits: PageLimits = listLimits): { size: number; backwards: boolean } {
  if (first != null && last != null) throw new ValidationError([{ path: ['last'], message: 'Use first or last, not both.' }]);
  const size = first ?? last ?? limits.usual;
  if (size < 0) throw new ValidationError([{ path: [first != null ? 'first' : 'last'], message: 'Must not be negative.' }]);
  if (size > limits.most) throw new LimitExceededError(`A page has at most ${limits.most} items; ${size} were asked for.`);
  return { size, backwards: last != null };
}

/** A value of the columns that order a list. */
export type Key = string | number | Date;

/** Opaque to clients: the key of the item, and what list it belongs to. */
export function encodeCursor(binding: string, key: readonly Key[]): string {
  return Buffer.from(JSON.stringify([binding, ...key.map((part) => (part instanceof Date ? { at: part.getTime() } : part))])).toString('base64url');
}

/** @throws ValidationError when it is none of ours, or of another list */
export function decodeCursor(cursor: string, binding: string, length: number): Key[] {
  const decoded = parse(cursor);
  if (decoded === undefined || decoded.length !== length + 1)
    throw new ValidationError([{ path: ['cursor'], message: 'This is not a cursor of ours.' }]);
  const [bound, ...key] = decoded;
  if (bound !== binding) throw new ValidationError([{ path: ['cursor'], message: 'This cursor belongs to a list with another order or filter.' }]);
  return key;
}

function parse(cursor: string): Key[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(value)) return undefined;
    const key = value.map(keyPart);
    return key.every((part) => part !== undefined) ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyPart(part: unknown): Key | undefined {
  if (typeof part === 'string' || typeof part === 'number') return part;
  if (typeof part !== 'object' || part === null || !('at' in part) || typeof part.at !== 'number') return undefined;
  const at = new Date(part.at);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
