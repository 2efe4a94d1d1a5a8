import { wrapOrThrow } from '@pothos/plugin-errors';
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, getNamedType, isObjectType, isUnionType } from 'graphql';
import type { Ctx } from './context.ts';
import { RateLimitedError } from './errors.ts';

/**
 * Whether a mutation dials what its caller names, unless it is told not to: each could ask a network which of its doors are open. Such a one tells
 * of a test, in its payload or in one of its errors.
 */
export function testsSources({ type }: Pick<GraphQLField<unknown, unknown>, 'type'>): boolean {
  const result = getNamedType(type);
  const members = isUnionType(result) ? result.getTypes() : [result];
  return members.some(
    (member) => isObjectType(member) && Object.values(member.getFields()).some((field) => getNamedType(field.type).name === 'ConnectionTest'),
  );
}

interface Args {
  readonly input?: { readonly runSetupTests?: boolean } | null;
}

/**
 * Makes every mutation answer RateLimitedError, without beginning anything, when its caller has to wait. Around all else, the audit log
 * too: it would grow as fast as a caller can be refused.
 */
export function limitMutations(schema: GraphQLSchema): GraphQLSchema {
  const fields = schema.getMutationType()?.getFields() ?? {};
  for (const field of Object.values(fields)) {
    const resolve = field.resolve ?? defaultFieldResolver;
    const dials = testsSources(field);
    const members = field.extensions['pothosErrors'] as Parameters<typeof wrapOrThrow>[1] | undefined;
    field.resolve = async (root, args: Args, ctx: Ctx, info) => {
      const tests = dials && args.input?.runSetupTests !== false;
      const waitSeconds = ctx.waitSeconds || (tests ? await ctx.rateLimits?.count('sourceTests', ctx.organizationId) : 0);
      if (waitSeconds) return wrapOrThrow(new RateLimitedError(waitSeconds), members ?? []);
      return resolve(root, args, ctx, info);
    };
  }
  return schema;
}
