import type { EntityManager } from '@mikro-orm/sql';

/** Everything of an object, except for some methods. */
function except<Target extends object>(target: Target, methods: Readonly<Record<string, unknown>>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * An entity manager like the one given, in whose transactions the insert of a row of this name first waits for something else.
 * It stands for the mistake that somebody will make: a call of a source, of another operation or of another transaction between two statements.
 */
export function waitingInside(em: EntityManager, name: string, wait: () => Promise<unknown>): EntityManager {
  type Work = (inner: EntityManager) => Promise<unknown>;
  const inside = (inner: EntityManager) =>
    except(inner, {
      async insert(entity: never, row: { readonly name?: string }) {
        if (row.name === name) await wait();
        return inner.insert(entity, row as never);
      },
    });
  const transactional = (forked: EntityManager) => (work: Work) => forked.transactional((inner) => work(inside(inner)));
  return except(em, {
    fork() {
      const forked = em.fork();
      return except(forked, { transactional: transactional(forked) });
    },
  });
}
