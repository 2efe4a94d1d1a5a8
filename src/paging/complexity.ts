import { listLimits, type PageArgs, type PageLimits } from './page-args.ts';

/** What a page costs: each field selected below it, once for each item that it may have. */
export function pageComplexity(limits: PageLimits = listLimits): (args: PageArgs) => { field: number; multiplier: number } {
  return ({ first, last }) => {
    // A page that is too large is refused for being one, by `pageSize`, with the error that says so.
    const size = Math.min(first ?? last ?? limits.usual, limits.most);
    return { field: 1, multiplier: Math.max(1, size) };
  };
}
