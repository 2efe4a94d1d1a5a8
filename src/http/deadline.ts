import { GraphQLError } from 'graphql';

/** Ends an operation early. */
export interface Deadline {
  /** Aborted with the error that the client shall see. */
  readonly signal: AbortSignal;
  readonly clear: () => void;
}

function tooSlow(limitMs: number): GraphQLError {
  return new GraphQLError(`The operation took longer than ${limitMs / 1000} seconds and was given up.`, {
    extensions: { code: 'LIMIT_EXCEEDED', http: { status: 504 } },
  });
}

/** Nobody is there to read it. */
function abandoned(): GraphQLError {
  return new GraphQLError('The client has left.', { extensions: { code: 'BAD_REQUEST' } });
}

/** Starts the time of an operation. It also ends when the client leaves, where that is told by `left`. */
export function startDeadline(limitMs: number, left?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(tooSlow(limitMs)), limitMs);
  const leave = () => controller.abort(abandoned());
  if (left?.aborted) leave();
  left?.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      left?.removeEventListener('abort', leave);
    },
  };
}

/** Runs what stops at the deadline's signal, and throws the signal's reason where it did. */
export async function within<Result>({ signal, clear }: Deadline, run: (signal: AbortSignal) => Result | Promise<Result>): Promise<Result> {
  try {
    return await run(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clear();
  }
}
