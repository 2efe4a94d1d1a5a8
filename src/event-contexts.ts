import type { Caller, Ctx } from './context.ts';

/** Subscribers of one event share what it makes them load; after this they do not, for it would be stale. */
const sharedForMs = 100;

/** Makes the context of each event of a subscription: never older than the event, and one for all subscribers who may see the same. */
export function createEventContexts(newContext: () => Promise<Ctx>): (opened: object, event: unknown) => Promise<object> {
  const shared = new WeakMap<object, { readonly context: Promise<Ctx>; readonly caller: Caller; readonly madeAt: number }>();
  return (opened, event) => {
    const { organizationId, role, actor } = opened as Ctx;
    if (typeof event !== 'object' || event === null) return newContext();
    const known = shared.get(event);
    if (known && isSame(known.caller, { organizationId, role, actor }) && performance.now() - known.madeAt < sharedForMs) return known.context;
    const context = newContext();
    shared.set(event, { context, caller: { organizationId, role, actor }, madeAt: performance.now() });
    return context;
  };
}

function isSame(a: Caller, b: Caller): boolean {
  return a.organizationId === b.organizationId && a.role === b.role && a.actor === b.actor;
}
