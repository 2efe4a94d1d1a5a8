import { GraphQLError } from 'graphql';

/** More was asked for than is allowed at once: refused before anything is done, whatever the client accepts. */
export function limitError(message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', http: { status } } });
}
