import { once } from 'node:events';

const fullBytes = 65_536;

export interface LineWriter {
  add(line: string): void;
  /** Waits until whoever reads has kept up. */
  drain(): Promise<void>;
  flush(): Promise<void>;
}

/** Writes lines in large pieces, and no faster than they are read: what waits to be read is memory. */
export function createLineWriter(stream: NodeJS.WriteStream): LineWriter {
  let pending: string[] = [];
  let length = 0;
  const flush = async () => {
    if (pending.length === 0) return;
    const text = `${pending.join('\n')}\n`;
    pending = [];
    length = 0;
    if (!stream.write(text)) await once(stream, 'drain');
  };
  return {
    add(line) {
      pending.push(line);
      length += line.length;
    },
    drain: async () => {
      if (length >= fullBytes) await flush();
    },
    flush,
  };
}
