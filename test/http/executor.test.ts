import { tracingChannel } from 'node:diagnostics_channel';
import {
  buildSchema,
  type ExecutionResult,
  executeRootSelectionSet,
  type GraphQLScalarType,
  parse,
  type ValidatedExecutionArgs,
  validateExecutionArgs,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { Executor } from '../../src/http/executor.ts';

const schema = buildSchema(`
  interface Named { name: String! }
  enum Colour { RED GREEN }
  scalar Short
  type Thing implements Named {
    name: String!
    note: String
    count: Int!
    size: Int
    colour: Colour
    short: Short
    tags: [String!]
    doubled(by: Int = 2): Int!
    part: Thing
    parts: [Thing!]!
  }
  type Query { thing: Thing, mustHave: Thing!, things: [Thing!]!, maybe: [Thing], named: Named!, title: String, secret: String! }
`);
(schema.getType('Short') as GraphQLScalarType).coerceOutputValue = (value) => {
  if (typeof value === 'string' && value.length > 3) throw new TypeError('It is long.');
  return value === 'nil' ? undefined : `${value}!`;
};

const part = { __typename: 'Thing', name: 'part', note: null, count: 2, parts: [] };
const thing = {
  ...part,
  name: 'whole',
  size: () => 7,
  colour: 'RED',
  short: 'ab',
  tags: ['a', 'b'],
  doubled: ({ by }: { by: number }) => 4 * by,
  part,
  parts: [part, { ...part, name: 'other' }],
};
const withThing = (changed: object) => {
  const changedThing = Object.create(thing, Object.getOwnPropertyDescriptors(changed));
  return { thing: changedThing, mustHave: changedThing, title: 'still here' };
};
const wholeThing = '{ thing { __typename name note count size colour short tags doubled(by: 3) part { name count } parts { name note } } title }';

type Case = readonly [what: string, document: string, root: () => unknown];

const cases: readonly Case[] = [
  ['properties, methods, arguments, objects and lists', wholeThing, () => withThing({})],
  [
    'aliases, fragments and directives',
    '{ a: thing { ...F n: name } thing { ...F count @skip(if: true) } } fragment F on Thing { count name }',
    () => withThing({}),
  ],
  [
    'an alias that objects of JavaScript inherit',
    '{ __proto__: title thing { __proto__: name constructor: count toString: note } }',
    () => withThing({}),
  ],
  ['an interface', '{ named { __typename name ... on Thing { count } } }', () => ({ named: thing })],
  ['a root of nothing', '{ title thing { name } }', () => undefined],
  ['nothing where something must be', '{ thing { name count } title }', () => withThing({ count: null })],
  ['nothing that reaches the top', '{ mustHave { name } title }', () => withThing({ name: undefined })],
  ['nothing in a list', '{ maybe { name } things { name } }', () => ({ maybe: [thing, null, { ...thing, name: null }], things: [thing] })],
  ['a value that its type cannot hold', wholeThing, () => withThing({ count: 'many', colour: 'BLUE', note: { no: 'text' } })],
  ['a scalar that throws', wholeThing, () => withThing({ short: 'too long' })],
  ['a scalar that answers with nothing', wholeThing, () => withThing({ short: 'nil' })],
  ['an error as a value', wholeThing, () => withThing({ note: new Error('It is an error.'), parts: [new Error('This one too.')] })],
  [
    'a property that throws',
    wholeThing,
    () =>
      withThing({
        get note() {
          throw new Error('Not readable.');
        },
      }),
  ],
  ['promises', wholeThing, () => ({ thing: Promise.resolve({ ...thing, note: Promise.resolve('later'), count: Promise.resolve(5) }), title: 'now' })],
  ['a promise that is broken', wholeThing, () => withThing({ note: Promise.reject(new Error('Broken.')) })],
  // biome-ignore lint/suspicious/noThenProperty: a library may hand over one
  ['a thenable', wholeThing, () => withThing({ short: { then: (resolve: (text: string) => void) => resolve('in') } })],
  ['an error beside a promise', '{ mustHave { note count } title }', () => withThing({ note: Promise.resolve('later'), count: null })],
];

const validated = (document: string, rootValue: unknown) =>
  validateExecutionArgs({ schema, document: parse(document), rootValue }) as ValidatedExecutionArgs;
const shown = ({ data, errors }: ExecutionResult) => JSON.stringify({ data, errors });

describe('the executor', () => {
  it.each(cases)('answers %s as graphql-js does', async (_what, document, root) => {
    const theirs = await executeRootSelectionSet(validated(document, root()));
    const ours = await new Executor(validated(document, root())).executeRootSelectionSet();
    expect(shown(ours)).toBe(shown(theirs));
  });

  it('lets those watch who trace fields', async () => {
    const seen: string[] = [];
    const subscribers = { start: (context: object) => void seen.push((context as { fieldName: string }).fieldName) };
    const channel = tracingChannel('graphql:resolve');
    const nothing = { end() {}, asyncStart() {}, asyncEnd() {}, error() {} };
    const all = { ...nothing, ...subscribers };
    channel.subscribe(all);
    try {
      await new Executor(validated('{ title thing { name } }', withThing({}))).executeRootSelectionSet();
    } finally {
      channel.unsubscribe(all);
    }
    expect(seen).toEqual(['title', 'thing', 'name']);
  });
});
