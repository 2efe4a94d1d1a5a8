import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const text = readFileSync(join(root, 'docs/mapping.md'), 'utf8');
const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
const placeholders = new Set(['Type.field', 'someMutation']);
const found = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].filter((name) => !placeholders.has(name));

/** A type, a field or value of one, or the name of a mutation. */
function exists(name: string): boolean {
  const [typeName = '', member] = name.split('.');
  if (/^[a-z]/.test(typeName)) return member === undefined && typeName in (schema.getMutationType()?.getFields() ?? {});
  const type = schema.getType(typeName);
  if (!type || member === undefined) return type !== undefined;
  if (isEnumType(type)) return type.getValue(member) !== undefined;
  return (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) && member in type.getFields();
}

describe('docs/mapping.md', () => {
  test('names nothing as being there that is not in the schema', () => {
    const names = found(/`([^`\n]+)`/g);
    expect(names.length).toBeGreaterThan(150);
    expect(names.filter((name) => !exists(name))).toEqual([]);
  });

  test('calls nothing planned that is there', () => {
    const planned = found(/(?<!\*)\*([A-Z]\w+\.\w+)\*(?!\*)/g);
    expect(planned.length).toBeGreaterThan(5);
    expect(planned.filter(exists)).toEqual([]);
  });

  test('leads from somewhere to every mutation, every status and every expected error', () => {
    const errors = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.name.endsWith('Error'));
    const values = ['SourceConnectionStatus', 'SyncJobStatus', 'SyncJobMode', 'SyncMode', 'FailureType'].flatMap((name) => {
      const type = schema.getType(name);
      return isEnumType(type) ? type.getValues().map((value) => `${name}.${value.name}`) : [];
    });
    const wanted = [...Object.keys(schema.getMutationType()?.getFields() ?? {}), ...errors.map(({ name }) => name), ...values];
    const named = new Set(found(/`([^`\n]+)`/g));
    expect(wanted.filter((name) => !named.has(name))).toEqual([]);
  });

  test('has a section with tables of verbs, fields, statuses and errors for each of the five systems', () => {
    const sections = text.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(['Airweave', 'Ballast', 'Airbyte', 'Fivetran', 'BeeAI Agent Stack']);
    for (const section of sections) {
      const titles = [...section.matchAll(/^### (\w+)/gm)].map(([, title]) => title);
      expect([...new Set(titles)]).toEqual(['Verbs', 'Fields', 'Statuses', 'Errors', 'Other']);
    }
  });

  test('every row says where, or why not', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    for (const row of rows) {
      const cells = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      expect([row, cells.length]).toEqual([row, 3]);
      expect([row, cells[1] !== '']).toEqual([row, true]);
      if (cells[1] === 'not in Headgate') expect([row, cells[2] !== '']).toEqual([row, true]);
    }
  });
});
