import type { z } from 'zod';
import { onOrOff } from './variables.ts';

export interface HttpConfig {
  /** Whether `__schema` and `__type` are answered. */
  readonly introspection: boolean;
  /** Whether an error about a wrong name names similar ones. */
  readonly suggestions: boolean;
  /** Whether browsers get GraphiQL. */
  readonly graphiql: boolean;
}

export const httpVariables = {
  HEADGATE_INTROSPECTION: onOrOff.optional(),
  HEADGATE_SUGGESTIONS: onOrOff.optional(),
  HEADGATE_GRAPHIQL: onOrOff.optional(),
};

type HttpEnvironment = z.output<z.ZodObject<typeof httpVariables>>;

/** @param isLocal whether whoever reaches the port is trusted; else what nobody asked for is off */
export function httpConfig(env: HttpEnvironment, isLocal: boolean): HttpConfig {
  return {
    introspection: env.HEADGATE_INTROSPECTION ?? isLocal,
    suggestions: env.HEADGATE_SUGGESTIONS ?? isLocal,
    graphiql: env.HEADGATE_GRAPHIQL ?? isLocal,
  };
}
