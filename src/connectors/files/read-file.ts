import type { StreamToRead } from '../../connector/connector.ts';
import type { Message } from '../../connector/messages.ts';
import { contentOf } from './content.ts';
import { createReader } from './format.ts';
import type { Input } from './inputs.ts';
import { loadParquet } from './load-parquet.ts';
import { resume } from './progress.ts';
import { readItems } from './read.ts';
import type { FilesContext } from './settings.ts';

/** Reads what is new in one file. */
export async function* readFile({ config, signal }: FilesContext, stream: StreamToRead, input: Input): AsyncGenerator<Message> {
  const file = await input.open();
  try {
    const progress = resume(stream, file.version);
    if (progress.complete) return;
    const content = await contentOf(config.format, file, signal);
    if (content.format === 'parquet') {
      const { openParquet, readParquet } = await loadParquet();
      yield* readParquet(stream, await openParquet(content.ranges), progress, signal);
    } else yield* readItems(stream, createReader(content.format), content.bytes, progress);
  } finally {
    await file.close();
  }
}
