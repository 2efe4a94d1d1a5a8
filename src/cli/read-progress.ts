import { count, inMebibytes } from './output.ts';

const everyMs = 200;

export interface ReadProgress {
  update(records: number, bytes: number): void;
  end(): void;
}

/** One line that counts up on the terminal of a person; nothing anywhere else. */
export function createReadProgress(stream: NodeJS.WriteStream): ReadProgress {
  const startedAt = performance.now();
  let shownAt = 0;
  let text = '';
  const show = () => {
    shownAt = performance.now();
    stream.write(`\r\x1b[K${text}`);
  };
  if (!stream.isTTY) return { update: () => {}, end: () => {} };
  return {
    update(records, bytes) {
      const seconds = (performance.now() - startedAt) / 1000;
      text = `${count(records, 'record')}, ${inMebibytes(bytes)}, ${count(Math.round(records / Math.max(seconds, 0.001)), 'record')}/s`;
      if (performance.now() - shownAt >= everyMs) show();
    },
    end() {
      if (text === '') return;
      show();
      stream.write('\n');
    },
  };
}
