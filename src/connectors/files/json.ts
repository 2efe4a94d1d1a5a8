import type { StreamToRead } from '../../connector/connector.ts';
import { encodeRecord, keyOf, maxDepth, type Rejection, valueAt } from '../../connector/encode.ts';
import { isDeeperThan, mayHoldLongNumber, quoteLongNumbers } from '../../connector/json-text.ts';
import type { EncodedRecord } from '../../connector/messages.ts';
import { createArrayCut, createLinesCut, type JsonItem } from './json-items.ts';
import { schemaOf } from './json-schema.ts';
import { createSplit, type FormatReader } from './reader.ts';

interface Parsed {
  readonly data: Record<string, unknown>;
  readonly json: string;
}

/** NDJSON, or one JSON array of objects. What needs no change is passed on as the text it was. */
export function createJsonReader(layout: 'lines' | 'array'): FormatReader {
  const split = createSplit(layout === 'lines' ? createLinesCut() : createArrayCut());
  let sampled: readonly Record<string, unknown>[] = [];
  // The cursor and the record of one item are asked for one after the other.
  let parsedItem: JsonItem | undefined;
  let parsed: Parsed | Rejection | undefined;

  function parse(item: JsonItem): Parsed | Rejection {
    if (parsed === undefined || parsedItem !== item) {
      parsed = parseItem(item);
      parsedItem = item;
    }
    return parsed;
  }

  return {
    boundary: layout === 'lines' ? 10 : 125,
    unit: layout === 'lines' ? 'line' : 'element',
    split,

    learn(sample) {
      sampled = (sample as readonly JsonItem[]).flatMap((item) => {
        const result = item.broken === null ? parse(item) : undefined;
        return result && 'data' in result ? [result.data] : [];
      });
    },

    schema: () => schemaOf(sampled),

    encode(stream, item) {
      const result = parse(item as JsonItem);
      return 'rejected' in result ? result : encode(stream, result);
    },

    cursorOf(path, item) {
      const result = parse(item as JsonItem);
      const value = 'rejected' in result ? undefined : valueAt(result.data, path);
      return typeof value === 'string' || typeof value === 'number' ? value : null;
    },
  };
}

function encode(stream: StreamToRead, { data, json }: Parsed): EncodedRecord | Rejection {
  if (stream.selectedFields !== null) return encodeRecord(stream, data);
  const key = keyOf(stream, data);
  return key !== null && 'rejected' in key ? key : { key, json };
}

function parseItem({ text, suspicious }: JsonItem): Parsed | Rejection {
  try {
    let data: unknown = JSON.parse(text);
    let json = text;
    if (suspicious && mayHoldLongNumber(text)) {
      json = quoteLongNumbers(text);
      if (json !== text) data = JSON.parse(json);
    }
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return { rejected: 'it is not a JSON object' };
    if (isDeeperThan(maxDepth, text)) return { rejected: `it is nested deeper than ${maxDepth} levels` };
    return { data: data as Record<string, unknown>, json: onOneLine(json) };
  } catch {
    // The parser's own message quotes the text.
    return { rejected: 'it is not valid JSON' };
  }
}

/** A line break in JSON stands between tokens, never in a string: indentation goes, the rest stays as it was. */
function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+[ \t]*/g, '').trim() : json.trim();
}
