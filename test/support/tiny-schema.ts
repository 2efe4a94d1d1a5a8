import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLError,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { plainCanary } from './canary.ts';

/** What resolvers answer that should not. */
export const serverSideSecret = plainCanary('server');

/** How many iterators of the subscriptions below are open. */
export interface Gauge {
  open: number;
  pulled: number;
  /** How many links of chains were begun. */
  links: number;
}

/** A source that answers `next()` from `pull`, and settles a pending one when it is closed. */
function source<T>(gauge: Gauge, pull: (index: number) => Promise<T | undefined>): AsyncIterableIterator<T> {
  gauge.open += 1;
  let closed = false;
  let index = 0;
  let settle: ((result: IteratorResult<T>) => void) | undefined;
  const close = () => {
    if (!closed) gauge.open -= 1;
    closed = true;
    settle?.({ done: true, value: undefined });
  };
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (closed) return resolve({ done: true, value: undefined });
        settle = resolve;
        gauge.pulled += 1;
        pull(index++).then((value) => {
          if (value === undefined) close();
          else resolve({ done: false, value });
        }, reject);
      }),
    return: async () => {
      close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const later = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(resolve, ms, value));

const pair = new GraphQLObjectType({
  name: 'Pair',
  fields: {
    number: { type: new GraphQLNonNull(GraphQLInt), resolve: (event: { number: number }) => event.number },
    padding: { type: GraphQLString },
    context: { type: GraphQLInt, resolve: (_event, _args, context: { serial?: number }) => context.serial },
    slow: { type: GraphQLString, args: { ms: { type: new GraphQLNonNull(GraphQLInt) } }, resolve: (_event, { ms }) => later(ms, 'done') },
  },
});

/** Each link takes a while before the next one can begin. */
const createChain = (gauge: Gauge) => {
  const next = () => {
    gauge.links += 1;
    return later(30, {});
  };
  const link: GraphQLObjectType = new GraphQLObjectType({
    name: 'Link',
    fields: () => ({ next: { type: link, resolve: next }, serial: { type: GraphQLString, resolve: () => 'done' } }),
  });
  return { type: link, resolve: next };
};

const color = new GraphQLEnumType({ name: 'Color', values: { RED: {}, GREEN: {} } });

/** A scalar whose messages repeat the value, as many do. */
const even = new GraphQLScalarType({
  name: 'Even',
  coerceInputValue: (value) => {
    if (typeof value === 'number' && value % 2 === 0) return value;
    if (typeof value === 'number') throw new TypeError(`${value} is odd`);
    throw new GraphQLError(`Even cannot represent ${JSON.stringify(value)}`);
  },
  coerceOutputValue: (value) => value,
});

const login = new GraphQLInputObjectType({
  name: 'Login',
  fields: {
    host: { type: new GraphQLNonNull(GraphQLString) },
    password: { type: new GraphQLNonNull(GraphQLString) },
    port: { type: GraphQLInt },
    ratio: { type: GraphQLFloat },
    secure: { type: GraphQLBoolean },
    key: { type: GraphQLID },
    color: { type: color },
    even: { type: even },
    tags: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) },
  },
});

const choice = new GraphQLInputObjectType({ name: 'Choice', isOneOf: true, fields: { file: { type: GraphQLString }, url: { type: GraphQLString } } });

/** A schema for the transport alone: no table, no connector. */
export function createTinySchema(gauge: Gauge = { open: 0, pulled: 0, links: 0 }): GraphQLSchema {
  const loginArgs = { login: { type: new GraphQLNonNull(login) } };
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        hello: { type: GraphQLString, args: { name: { type: GraphQLString } }, resolve: (_root, { name = 'world' }) => `Hello, ${name}` },
        context: { type: GraphQLInt, resolve: (_root, _args, context: { serial?: number }) => context.serial },
        rows: {
          type: new GraphQLList(pair),
          args: { count: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_root, { count }) =>
            Array.from({ length: count }, (_, number) => ({ number, padding: 'a quite ordinary line of text in a row of a page' })),
        },
        slow: {
          type: GraphQLString,
          args: { ms: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_root, { ms }) => later(ms, 'done'),
        },
        chain: createChain(gauge),
        paint: { type: color, args: { color: { type: color } }, resolve: (_root, args) => args.color },
        wrongInt: { type: GraphQLInt, resolve: () => serverSideSecret },
        wrongColor: { type: color, resolve: () => serverSideSecret },
        connect: {
          type: GraphQLString,
          args: { ...loginArgs },
          resolve: (_root, args) => {
            throw new Error(`could not log in with ${args.login.password}`, { cause: new TypeError(`refused ${args.login.password}`) });
          },
        },
        refuse: {
          type: GraphQLString,
          resolve: () => {
            throw new GraphQLError('Not for you.', { extensions: { code: 'FORBIDDEN' } });
          },
        },
        unauthorized: {
          type: GraphQLString,
          resolve: () => {
            throw new GraphQLError('Who are you?', { extensions: { code: 'UNAUTHORIZED' } });
          },
        },
      },
    }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: {
        connect: { type: GraphQLString, args: { ...loginArgs }, resolve: (_root, args) => args.login.host },
        slowly: { type: GraphQLString, args: { ms: { type: new GraphQLNonNull(GraphQLInt) } }, resolve: (_root, { ms }) => later(ms, 'done') },
        choose: {
          type: GraphQLString,
          args: { choice: { type: new GraphQLNonNull(choice) } },
          resolve: (_root, args) => Object.keys(args.choice)[0],
        },
      },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        counter: {
          type: pair,
          args: { to: { type: new GraphQLNonNull(GraphQLInt) }, padding: { type: GraphQLInt } },
          subscribe: (_root, { to, padding = 0 }) =>
            source(gauge, async (number) => (number < to ? { number, padding: padding > 0 ? 'x'.repeat(padding) : undefined } : undefined)),
          resolve: (event) => event,
        },
        silent: {
          type: pair,
          args: { login: { type: login } },
          subscribe: () => source<object>(gauge, () => new Promise(() => undefined)),
          resolve: (event) => event,
        },
        broken: {
          type: pair,
          args: { ...loginArgs },
          subscribe: (_root, { login: { password } }) =>
            source<object>(gauge, async (number) => {
              if (number > 0) throw new Error(`lost the connection of ${password}`);
              return { number };
            }),
          resolve: (event) => event,
        },
      },
    }),
  });
}
