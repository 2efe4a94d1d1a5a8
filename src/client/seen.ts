/** More than any gateway sends twice in a row. */
const size = 1000;

/** Remembers the last 1,000 ids. */
export function createSeen(): { add(id: string): boolean; clear(): void } {
  const ids = new Set<string>();
  return {
    /** Whether the id is new. */
    add(id) {
      if (ids.has(id)) return false;
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > size && oldest !== undefined) ids.delete(oldest);
      return true;
    },
    clear: () => ids.clear(),
  };
}
