import { defaultFieldResolver, GraphQLError, type GraphQLField, type GraphQLSchema, getNamedType, isObjectType, isUnionType } from 'graphql';
import type { Ctx } from '../context.ts';
import { DomainError, type ErrorCode, errorCodes, isDiskFull } from '../errors.ts';
import { openAuditEntry } from './open-entry.ts';
import { auditableId } from './record.ts';

/**
 * Makes every mutation leave an entry. It lies around the resolvers as they are when all plugins have wrapped them, so that it sees what the caller
 * gets: payload, refusal by role or by a rule, or a bug. A new mutation cannot be without.
 */
export function auditMutations(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    const places = objectPlaces(field);
    field.resolve = async (root, args: Args, ctx: Ctx, info) => {
      const asked = auditableId(args.input?.id);
      const objectOf = (result: unknown) => asked ?? objectIn(result, places);
      const entry = openAuditEntry(ctx, field.name, objectOf);
      let result: unknown;
      try {
        result = await resolve(root, args, { ...ctx, witness: entry.witness } satisfies Ctx, info);
      } catch (error) {
        await entry.close({ outcome: codeOf(error), objectId: asked });
        throw error;
      }
      await entry.close({ outcome: codeIn(result) ?? 'SUCCESS', objectId: objectOf(result) });
      return result;
    };
  }
  return schema;
}

interface Args {
  readonly input?: { readonly id?: unknown } | null;
}

/** The fields of the payload that hold an object of ours, the one that the mutation is named after before all others. */
function objectPlaces({ name, type }: GraphQLField<unknown, unknown>): readonly string[] {
  const result = getNamedType(type);
  const payloads = isUnionType(result) ? result.getTypes().filter((member) => !isA(member, 'UserError')) : [result];
  const fields = payloads.flatMap((payload) => (isObjectType(payload) ? Object.values(payload.getFields()) : []));
  const places = fields.filter((field) => isA(getNamedType(field.type), 'Node')).map((field) => field.name);
  const isNamesake = (place: string) => name.toLowerCase().endsWith(place.toLowerCase());
  return [...places.filter(isNamesake), ...places.filter((place) => !isNamesake(place))];
}

function isA(type: unknown, interfaceName: string): boolean {
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === interfaceName);
}

/** The id in a payload, or that of an object itself: a transaction may resolve to either. */
function objectIn(result: unknown, places: readonly string[]): string | null {
  const properties = isRecord(result) ? places.map((place) => result[place]) : [];
  for (const object of [...properties, result]) {
    const id = auditableId(isRecord(object) ? object['id'] : object);
    if (id) return id;
  }
  return null;
}

/** Of an error in the place of a payload. The errors plugin hides its class. */
function codeIn(result: unknown): ErrorCode | undefined {
  return isRecord(result) && 'message' in result ? knownCode(result['code']) : undefined;
}

function codeOf(error: unknown): ErrorCode {
  if (isDiskFull(error)) return 'STORAGE_FULL';
  const code = error instanceof DomainError ? error.code : error instanceof GraphQLError ? error.extensions['code'] : undefined;
  return knownCode(code) ?? 'INTERNAL';
}

function knownCode(code: unknown): ErrorCode | undefined {
  return errorCodes.find((known) => known === code);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
