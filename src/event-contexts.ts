import type { OperationRequest, Session } from './http/options.ts';

/** Subscribers of one event share what it makes them load; after this they do not, for it would be stale. */
const sharedForMs = 100;

interface EventContexts {
  authenticate(request: OperationRequest): Promise<Session>;
  createContext(session: Session): Promise<object>;
}

/**
 * Makes the context of each event of a subscription: never older than the event, for a caller that is looked up again, and one for all
 * subscriptions that were opened with one key or token, for they may see the same.
 */
export function createEventContexts({ authenticate, createContext }: EventContexts) {
  const shared = new WeakMap<object, Map<string, { readonly context: Promise<object>; readonly madeAt: number }>>();
  const newContext = async (request: OperationRequest) => createContext(await authenticate(request));
  return (opened: Session, event: unknown, request: OperationRequest): Promise<object> => {
    if (typeof event !== 'object' || event === null) return newContext(request);
    const contexts = shared.get(event) ?? new Map();
    shared.set(event, contexts);
    const caller = JSON.stringify([opened.credential, opened.caller.organizationId]);
    const known = contexts.get(caller);
    if (known && performance.now() - known.madeAt < sharedForMs) return known.context;
    const context = newContext(request);
    contexts.set(caller, { context, madeAt: performance.now() });
    return context;
  };
}
