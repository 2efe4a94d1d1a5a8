import { wrapOrThrow } from '@pothos/plugin-errors';
import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import type { Ctx } from './context.ts';
import { RateLimitedError } from './errors.ts';

/** Mutations that dial what their caller names, unless they are told not to: each could ask a network which of its doors are open. */
const testing: ReadonlySet<string> = new Set([
  'testSource',
  'testSourceConnection',
  'createSourceConnection',
  'updateSourceConnectionCredentials',
  'updateSourceConnectionConfig',
  'discoverSourceConnectionStreams',
]);

interface Args {
  readonly input?: { readonly runSetupTests?: boolean } | null;
}

/**
 * Makes every mutation answer RateLimitedError, without beginning anything, when its caller has to wait. Around all else, the audit log
 * too: it would grow as fast as a caller can be refused.
 */
export function limitMutations(schema: GraphQLSchema): GraphQLSchema {
  const fields = schema.getMutationType()?.getFields() ?? {};
  for (const name of testing) if (!fields[name]) throw new Error(`There is no mutation ${name} to be limited.`);

  for (const field of Object.values(fields)) {
    const resolve = field.resolve ?? defaultFieldResolver;
    const members = field.extensions['pothosErrors'] as Parameters<typeof wrapOrThrow>[1] | undefined;
    field.resolve = async (root, args: Args, ctx: Ctx, info) => {
      const tests = testing.has(field.name) && args.input?.runSetupTests !== false;
      const waitSeconds = ctx.waitSeconds || (tests ? await ctx.rateLimits?.count('sourceTests', ctx.organizationId) : 0);
      if (waitSeconds) return wrapOrThrow(new RateLimitedError(waitSeconds), members ?? []);
      return resolve(root, args, ctx, info);
    };
  }
  return schema;
}
