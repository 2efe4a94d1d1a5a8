import { isWithin, type OwnedRow } from './db/scope.ts';
import type { OperationRequest, Session } from './http/options.ts';

/** Subscribers of one event share what it makes them load; after this they do not, for it would be stale. */
const sharedForMs = 100;

interface EventContexts {
  authenticate(request: OperationRequest): Promise<Session>;
  createContext(session: Session, request: OperationRequest): Promise<object>;
}

/** `null` for an event that is not to be told. */
type EventContext = Promise<object | null>;

/**
 * Makes the context of each event of a subscription: never older than the event, for a caller that is looked up again, and one for all
 * subscriptions that were opened with one key or token, for they may see the same. An event that the caller may not see any more is left out:
 * the look and the decision are made once for them all.
 */
export function createEventContexts({ authenticate, createContext }: EventContexts) {
  const shared = new WeakMap<object, Map<string, { readonly context: EventContext; readonly madeAt: number }>>();

  const newContext = async (event: OwnedRow, request: OperationRequest): EventContext => {
    const session = await authenticate(request);
    return isWithin(session.caller, event) ? createContext(session, request) : null;
  };

  // Not async: for a thousand subscribers each turn of the queue counts.
  return (opened: Session, event: unknown, request: OperationRequest): EventContext => {
    if (!isOwned(event)) return Promise.reject(nobodys());
    if (!isWithin(opened.caller, event)) return Promise.resolve(null);
    const contexts = shared.get(event) ?? new Map();
    shared.set(event, contexts);
    const caller = JSON.stringify([opened.credential, opened.caller.organizationId]);
    const known = contexts.get(caller);
    if (known && performance.now() - known.madeAt < sharedForMs) return known.context;
    const context = newContext(event, request);
    contexts.set(caller, { context, madeAt: performance.now() });
    return context;
  };
}

/** Nobody could say who may see it. */
function nobodys(): TypeError {
  return new TypeError('An event does not say whose it is: let the subscription yield a row with organizationId and collectionId.');
}

function isOwned(event: unknown): event is OwnedRow {
  const { organizationId, collectionId } = (event ?? {}) as Partial<OwnedRow>;
  return typeof organizationId === 'string' && typeof collectionId === 'string';
}
