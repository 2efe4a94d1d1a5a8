/** An entry of a log table. Cursors are integers, given in commit order, so that nothing ever appears below one that was seen. */
export interface LogEntry {
  readonly cursor: number;
}

/** The newest entries of a log, by key, bounded. Holds every entry with a cursor above `floor` up to `tail`. */
export interface LogWindow<Entry extends LogEntry> {
  readonly floor: number;
  readonly tail: number;
  append(entry: Entry, keys: readonly string[]): void;
  /** Raises `floor`. @returns whether it was lower */
  forget(upTo: number): boolean;
  /** The first entry under the key after the cursor, which must not be below `floor`. */
  next(key: string, after: number): Entry | undefined;
}

interface Half<Entry> {
  readonly floor: number;
  readonly byKey: Map<string, Entry[]>;
  size: number;
}

/**
 * Two halves, of which the older one is dropped whole when the younger one is full: forgetting costs nothing per entry.
 * @param start the cursor that the window begins after
 * @param size entries held at most; at least half of it
 */
export function createLogWindow<Entry extends LogEntry>(start: number, size: number): LogWindow<Entry> {
  const halfSize = Math.max(1, Math.floor(size / 2));
  let older: Half<Entry> = { floor: start, byKey: new Map(), size: 0 };
  let younger = older;
  let tail = start;
  let forgotten = 0;

  return {
    get floor() {
      return Math.max(older.floor, forgotten);
    },
    get tail() {
      return tail;
    },
    append(entry, keys) {
      if (younger.size >= halfSize) {
        older = younger;
        younger = { floor: tail, byKey: new Map(), size: 0 };
      }
      for (const key of keys) {
        const entries = younger.byKey.get(key);
        if (entries) entries.push(entry);
        else younger.byKey.set(key, [entry]);
      }
      younger.size += 1;
      tail = entry.cursor;
    },
    forget(upTo) {
      // Never beyond what was read: no subscription would get there by reading.
      const raised = Math.min(upTo, tail);
      if (raised <= forgotten) return false;
      forgotten = raised;
      return true;
    },
    next(key, after) {
      return firstAfter(older.byKey.get(key), after) ?? firstAfter(younger.byKey.get(key), after);
    },
  };
}

function firstAfter<Entry extends LogEntry>(entries: readonly Entry[] | undefined, after: number): Entry | undefined {
  if (!entries) return undefined;
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).cursor > after) high = middle;
    else low = middle + 1;
  }
  return entries[low];
}
