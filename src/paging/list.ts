import { ValidationError } from '../errors.ts';
import type { Page } from './keyset.ts';
import { decodeCursor, encodeCursor, type PageArgs, type PageLimits, pageSize } from './page-args.ts';

const binding = 'list';

/** A page of a list that is in memory anyway. @throws LimitExceededError ValidationError */
export function listPage<Item>(
  args: PageArgs,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limits?: PageLimits,
): Page<Item> & { totalCount: () => Promise<number> } {
  const { size, backwards } = pageSize(args, limits);
  const positionOf = (cursor: string) => {
    const [key] = decodeCursor(cursor, binding, 1);
    const position = items.findIndex((item) => keyOf(item) === key);
    if (position < 0) throw new ValidationError([{ path: ['cursor'], message: 'This cursor belongs to a list with another filter.' }]);
    return position;
  };
  const from = args.after == null ? 0 : positionOf(args.after) + 1;
  const to = args.before == null ? items.length : positionOf(args.before);
  const start = backwards ? Math.max(from, to - size) : from;
  const end = Math.max(start, backwards ? to : Math.min(to, from + size));
  const edges = items.slice(start, end).map((node) => ({ node, cursor: encodeCursor(binding, [keyOf(node)]) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: async () => items.length,
  };
}
