import { parquetSchema, type SchemaTree } from 'hyparquet';
import { isListLike, isMapLike } from 'hyparquet/src/schema.js';
import type { JsonObject } from '../../connector/connector.ts';
import { quote } from '../../connector/encode.ts';
import { type Print, type ValueType, valueTypeOf } from './parquet-values.ts';

/** A field of the records: a leaf of the schema, or a list, map or struct of them. */
export interface ParquetColumn extends ValueType {
  readonly name: string;
  /** How many leaves it has: what is stored apart. */
  readonly leaves: number;
}

/** @param schema as the file describes it */
export function columnsOf(schema: Parameters<typeof parquetSchema>[0]['schema']): ParquetColumn[] {
  return parquetSchema({ schema }).children.map((node) => ({ name: node.element.name, leaves: leavesOf(node), ...orNull(node, typeOf(node)) }));
}

function leavesOf({ children }: SchemaTree): number {
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0);
}

function typeOf(node: SchemaTree): ValueType {
  const one = typeOfOne(node);
  return node.element.repetition_type === 'REPEATED' ? listOf(one) : one;
}

function typeOfOne(node: SchemaTree): ValueType {
  const { children, element } = node;
  if (children.length === 0) return valueTypeOf(element);
  // Only the library knows how these are put together; it makes plain values of them.
  if (element.logical_type?.type === 'VARIANT') return { print: printPlain, schema: {} };
  const inner = children[0] as SchemaTree;
  if (isListLike(node)) {
    const item = inner.children[0];
    return listOf(item ? orNull(item, typeOf(item)) : typeOfOne(inner));
  }
  if (isMapLike(node)) {
    const value = inner.children.find((child) => child.element.name === 'value') as SchemaTree;
    return mapOf(orNull(value, typeOf(value)));
  }
  return structOf(children.map((child) => [child.element.name, orNull(child, typeOf(child))] as const));
}

function orNull({ element }: SchemaTree, { print, schema }: ValueType): ValueType {
  const { type } = schema;
  return {
    print: (value) => (value === null || value === undefined ? 'null' : print(value)),
    schema:
      element.repetition_type !== 'OPTIONAL' || type === undefined ? schema : { ...schema, type: [...(Array.isArray(type) ? type : [type]), 'null'] },
  };
}

function listOf({ print, schema }: ValueType): ValueType {
  return { print: (value) => `[${Array.from(value as ArrayLike<unknown>, print).join(',')}]`, schema: { type: 'array', items: schema } };
}

function mapOf({ print, schema }: ValueType): ValueType {
  return {
    print: (value) => printFields(Object.entries(value as object).map(([name, each]) => [name, print(each)])),
    schema: { type: 'object', additionalProperties: schema },
  };
}

function structOf(fields: readonly (readonly [string, ValueType])[]): ValueType {
  const properties: JsonObject = Object.fromEntries(fields.map(([name, { schema }]) => [name, schema]));
  return {
    print: (value) => printFields(fields.map(([name, { print }]) => [name, print((value as Record<string, unknown>)[name])])),
    schema: { type: 'object', properties },
  };
}

function printFields(fields: readonly (readonly [string, string])[]): string {
  return `{${fields.map(([name, json]) => `${quote(name)}:${json}`).join(',')}}`;
}

const printPlain: Print = (value) =>
  JSON.stringify(value, (_name, each: unknown) => {
    if (typeof each === 'bigint') return Number.isSafeInteger(Number(each)) ? Number(each) : String(each);
    return each instanceof Uint8Array ? Buffer.from(each).toString('base64') : each;
  });
