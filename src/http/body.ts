import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { GraphQLError } from 'graphql';

function tooLarge(limitBytes: number): GraphQLError {
  return new GraphQLError(`The request body is larger than ${limitBytes} bytes.`, { extensions: { code: 'LIMIT_EXCEEDED', http: { status: 413 } } });
}

function endedEarly(): GraphQLError {
  return new GraphQLError('The request ended early.', { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}

/**
 * Reads a body as UTF-8 text. What a client sends beyond the limit is counted, never kept.
 * @throws {GraphQLError} with HTTP status 413
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let text = '';
    let receivedBytes = 0;
    request.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.byteLength;
      if (receivedBytes <= limitBytes) text += decoder.write(chunk);
      else reject(tooLarge(limitBytes));
    });
    request.once('end', () => resolve(text + decoder.end()));
    request.once('error', reject);
    // Also comes after `end`: the error is made only when it is one.
    request.once('close', () => {
      if (!request.readableEnded) reject(endedEarly());
    });
  });
}
