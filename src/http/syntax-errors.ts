import { GraphQLError, type ParseOptions, parse, type Source } from 'graphql';

/** What the parser may name: kinds of tokens and punctuation, never the text of a token, for that may be half a password. */
const token = '(<EOF>|"[^\\w"]{1,3}"|Name|Int|Float|String|BlockString|Comment)';
const expected = new RegExp(`^Syntax Error: Expected ("[^"\\s]{1,20}"|Name|Int|Float|String|<EOF>), found ${token}`);
const unexpected = new RegExp(`^Syntax Error: Unexpected (${token}|single quote character|description|variable)`);
const lexical =
  /^Syntax Error: (Unterminated string|Invalid number|Invalid character escape sequence|Invalid character within String|Invalid character|Invalid Unicode escape sequence|Document contains more than \d+ tokens|Source contains more than \d+ UTF-16 code units)/;

/** The parser's message without the client's text; the location says where to look. */
function valueFreeSyntaxMessage(message: string): string {
  const wanted = expected.exec(message);
  if (wanted) return `Syntax Error: Expected ${wanted[1]}, found ${wanted[2]}.`;
  const surprising = unexpected.exec(message) ?? lexical.exec(message);
  return surprising ? `${surprising[0]}.` : 'Syntax Error: the document is not valid GraphQL.';
}

/** graphql-js's `parse` with errors that echo nothing. @throws {GraphQLError} with code GRAPHQL_PARSE_FAILED */
export function parseDocument(source: string | Source, options?: ParseOptions) {
  try {
    return parse(source, options);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new GraphQLError(valueFreeSyntaxMessage(error.message), {
      ...(error.source && error.positions ? { source: error.source, positions: error.positions } : {}),
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
    });
  }
}
