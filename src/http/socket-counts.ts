/** One socket's place among those that are counted. */
export interface SocketPlace {
  /** Counts it to the principal whom it turned out to belong to; false when that one has too many, and then it is to be closed. */
  readonly admit: (principal: string) => boolean;
  readonly leave: () => void;
}

export interface SocketCounts {
  /** Counts a socket of somebody unknown; undefined when its address has too many of these. */
  readonly arrive: (address: string) => SocketPlace | undefined;
}

export interface SocketLimits {
  /** Open sockets of one principal. */
  readonly perPrincipal: number;
  /** Open sockets of one address that have not said yet whose they are; they have three seconds for it. */
  readonly unknownPerAddress: number;
}

/** A number for each name; those at zero are forgotten. */
function createTally(most: number) {
  const counts = new Map<string, number>();
  return {
    add(name: string): boolean {
      const count = counts.get(name) ?? 0;
      if (count >= most) return false;
      counts.set(name, count + 1);
      return true;
    },
    remove(name: string): void {
      const count = counts.get(name) ?? 0;
      if (count > 1) counts.set(name, count - 1);
      else counts.delete(name);
    },
  };
}

export function createSocketCounts({ perPrincipal, unknownPerAddress }: SocketLimits): SocketCounts {
  const unknown = createTally(unknownPerAddress);
  const known = createTally(perPrincipal);

  return {
    arrive(address) {
      if (!unknown.add(address)) return undefined;
      let leave: (() => void) | undefined = () => unknown.remove(address);
      return {
        admit(principal) {
          if (!leave) return false;
          leave();
          const isAdmitted = known.add(principal);
          leave = isAdmitted ? () => known.remove(principal) : () => undefined;
          return isAdmitted;
        },
        leave() {
          leave?.();
          leave = undefined;
        },
      };
    },
  };
}
