export const actorKinds = ['API_KEY', 'USER', 'LOCAL', 'SYSTEM'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** Who asked for something. Stored with what it asked for, so that it stays readable when the key or the user is gone. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
}

export const localActor: Actor = { kind: 'LOCAL', id: null, name: 'Local administrator', email: null };
export const systemActor: Actor = { kind: 'SYSTEM', id: null, name: 'Headgate', email: null };
