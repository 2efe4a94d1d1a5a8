import { type DocumentNode, visit } from 'graphql';

function collect(value: unknown, into: Set<string>): void {
  if (typeof value === 'string' || typeof value === 'number') into.add(String(value));
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner, into);
}

/** Every value in an operation's variables and literals: what a log line must not repeat, for any of them may be a secret. */
export function clientValuesOf(document: DocumentNode | undefined, variables: unknown): readonly string[] {
  const values = new Set<string>();
  collect(variables, values);
  const literal = (node: { readonly value: string }) => void values.add(node.value);
  if (document) visit(document, { StringValue: literal, IntValue: literal, FloatValue: literal, EnumValue: literal });
  return [...values];
}
