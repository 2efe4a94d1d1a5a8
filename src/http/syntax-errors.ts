import { GraphQLError, type ParseOptions, parse, type Source } from 'graphql';
import { documentLimits } from './document-limits.ts';
import { limitError } from './limit-error.ts';

/** What the parser may name: kinds of tokens and punctuation, never the text of a token, for that may be half a password. */
const token = '(<EOF>|"[^\\w"]{1,3}"|Name|Int|Float|String|BlockString|Comment)';
const expected = new RegExp(`^Syntax Error: Expected ("[^"\\s]{1,20}"|Name|Int|Float|String|<EOF>), found ${token}`);
const unexpected = new RegExp(`^Syntax Error: Unexpected (${token}|single quote character|description|variable)`);
const lexical =
  /^Syntax Error: (Unterminated string|Invalid number|Invalid character escape sequence|Invalid character within String|Invalid character|Invalid Unicode escape sequence)/;
const excessive = /^Syntax Error: (?:Document|Source) (contains more than \d+ (?:tokens|comments|UTF-16 code units))/;

/** The parser's message without the client's text; the location says where to look. */
function valueFreeSyntaxMessage(message: string): string {
  const wanted = expected.exec(message);
  if (wanted) return `Syntax Error: Expected ${wanted[1]}, found ${wanted[2]}.`;
  const surprising = unexpected.exec(message) ?? lexical.exec(message);
  return surprising ? `${surprising[0]}.` : 'Syntax Error: the document is not valid GraphQL.';
}

const limits: ParseOptions = {
  maxLexicalTokens: documentLimits.tokens,
  maxComments: documentLimits.tokens,
  maxSourceLength: documentLimits.characters,
};

/** graphql-js's `parse` with limits, and with errors that echo nothing. @throws {GraphQLError} with code GRAPHQL_PARSE_FAILED or LIMIT_EXCEEDED */
export function parseDocument(source: string | Source, options?: ParseOptions) {
  try {
    return parse(source, { ...options, ...limits });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const excess = excessive.exec(error.message)?.[1];
    if (excess) throw limitError(`The document ${excess}.`);
    throw new GraphQLError(valueFreeSyntaxMessage(error.message), {
      ...(error.source && error.positions ? { source: error.source, positions: error.positions } : {}),
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}
