import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  getNullableType,
  isLeafType,
  isNonNullType,
} from 'graphql';
import { resolveChannel, shouldTrace } from 'graphql/diagnostics.js';
import type { FieldDetailsList, GroupedFieldSet } from 'graphql/execution/collectFields.js';
import { ExecutorThrowingOnIncremental } from 'graphql/execution/ExecutorThrowingOnIncremental.js';
import { isPromiseLike } from 'graphql/jsutils/isPromise.js';
import { addPath, type Path } from 'graphql/jsutils/Path.js';
import type { PromiseOrValue } from 'graphql/jsutils/PromiseOrValue.js';
import { promiseForObject } from 'graphql/jsutils/promiseForObject.js';

/** A field that shows a property of its parent as it is: no arguments, no resolver, nothing below it. */
interface PlainField {
  readonly property: string;
  readonly type: GraphQLLeafType;
  readonly nullable: boolean;
}

function plainFieldOf({ name, type, args, resolve = defaultFieldResolver }: GraphQLField<unknown, unknown>): PlainField | undefined {
  const leaf = getNullableType(type);
  if (!isLeafType(leaf) || args.length > 0 || resolve !== defaultFieldResolver) return undefined;
  return { property: name, type: leaf, nullable: !isNonNullType(type) };
}

const plainFields = new WeakMap<GraphQLField<unknown, unknown>, PlainField | undefined>();

function knownPlainField(field: GraphQLField<unknown, unknown>): PlainField | undefined {
  if (!plainFields.has(field)) plainFields.set(field, plainFieldOf(field));
  return plainFields.get(field);
}

/** Not to be shown in this short way. */
const unshown = Symbol('unshown');

function shown({ property, type, nullable }: PlainField, source: Readonly<Record<string, unknown>>): unknown {
  try {
    const value = source[property];
    if (value === null || value === undefined) return nullable ? null : unshown;
    if (typeof value === 'function' || value instanceof Error || isPromiseLike(value)) return unshown;
    return type.coerceOutputValue(value) ?? unshown;
  } catch {
    return unshown;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Objects of this class inherit nothing, like those of `Object.create(null)`, which the engine keeps as hash tables: slow to fill and to print. */
const Fields = function Fields() {} as unknown as new () => Record<string, unknown>;
Fields.prototype = Object.create(null);

type Tracing = Parameters<ExecutorThrowingOnIncremental['executeField']>[5];

/**
 * graphql-js's executor with a short way for what most fields of a page are: a property of their parent. Whatever is not as simple as that, and
 * whatever goes wrong, is left to graphql-js.
 */
export class Executor extends ExecutorThrowingOnIncremental {
  override executeFields(
    parentType: GraphQLObjectType,
    source: unknown,
    path: Path | undefined,
    fields: GroupedFieldSet,
    position: undefined,
  ): PromiseOrValue<Record<string, unknown>> {
    if (shouldTrace(resolveChannel)) return super.executeFields(parentType, source, path, fields, position);
    const results = new Fields();
    let isPromised = false;
    try {
      for (const [name, details] of fields) {
        const result = this.executeField(parentType, source, details, addPath(path, name, parentType.name), position, undefined);
        if (result === undefined) continue;
        results[name] = result;
        if (result instanceof Promise) isPromised = true;
      }
    } catch (error) {
      if (isPromised) this.sharedExecutionContext.asyncWorkTracker.addValues(Object.values(results));
      throw error;
    }
    return isPromised ? promiseForObject(results, this.promiseAll) : results;
  }

  override executeField(
    parentType: GraphQLObjectType,
    source: unknown,
    details: FieldDetailsList,
    path: Path,
    position: undefined,
    tracing: Tracing,
  ): unknown {
    const field = this.validatedExecutionArgs.schema.getField(parentType, details[0]?.node.name.value ?? '');
    const plain = field && tracing === undefined ? knownPlainField(field) : undefined;
    const value = plain && isObject(source) ? shown(plain, source) : unshown;
    return value === unshown ? super.executeField(parentType, source, details, path, position, tracing) : value;
  }
}
