import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { z } from 'zod';

const Documents = z.record(z.string(), z.string());
const example = 'a JSON object of documents by their SHA-256, such as {"<64 hexadecimal digits>": "query Viewer { viewer { role } }"}';

/** Documents by their SHA-256 in lower case, as code generators and relay-compiler write them. @throws Error with a sentence about the file */
export function readPersistedOperations(file: string): ReadonlyMap<string, string> {
  const documents = Documents.safeParse(readJson(file)).data;
  if (!documents) throw new Error(`has to name ${example}`);
  for (const [hash, document] of Object.entries(documents)) {
    if (createHash('sha256').update(document).digest('hex') !== hash.toLowerCase())
      throw new Error(`names a file in which ${hash.slice(0, 12)}… is not the SHA-256 of its document; it has to be ${example}`);
    if (!isDocument(document)) throw new Error(`names a file in which the document ${hash.slice(0, 12)}… is not valid GraphQL`);
  }
  return new Map(Object.entries(documents).map(([hash, document]) => [hash.toLowerCase(), document]));
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error('names a file that cannot be read');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`has to name ${example}`);
  }
}

function isDocument(text: string): boolean {
  try {
    return parse(text).definitions.length > 0;
  } catch {
    return false;
  }
}
