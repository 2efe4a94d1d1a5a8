import { GraphQLError } from 'graphql';

/**
 * Messages of graphql-js about wrong values, without the values. Whatever is not known to be harmless is replaced as a
 * whole: custom scalars may put anything in theirs.
 */
const harmless: readonly RegExp[] = [
  /^Expected (?:a )?value of non-null type "[\w[\]!]+" (?:not to be null|to be provided)\.$/,
  /^Expected variable "\$\w+" provided to (?:non-null )?type "[\w[\]!]+" (?:to provide a runtime value|not to be null)\.$/,
  /^Within OneOf Input Object type "\w+", exactly one field must be specified, and the value for that field must be non-null\.$/,
  /^Expected variable "\$\w+" provided to field "\w+" for OneOf Input Object type "\w+" (?:to provide a runtime value|not to be null)\.$/,
];

/** The first group is kept and ends the sentence. */
const cut: readonly RegExp[] = [
  /^(Expected value of type "[\w[\]!]+" to be an object), found: /,
  /^(Expected value of type "[\w[\]!]+" to include required field "\w+"), found: /,
  /^(Expected value of type "[\w[\]!]+"), (?:found: |but encountered error )/,
  /^((?:Int|Float|String|Boolean|ID) cannot represent [a-zA-Z0-9 -]*value)\b/,
  /^(Enum "\w+" cannot represent non-(?:string|enum) value): /,
];

/** Suggestions hold names of the schema only, so they stay. */
const unknownField = /^(Expected value of type "[\w[\]!]+" not to include unknown field "\w+")(?:\.( Did you mean [^?]{1,200}\?) Found|, found): /;
const unknownEnumValue = /^Value ".*" does not exist in ("\w+") enum\.( Did you mean the enum value (?:"\w+"(?:, or | or |, )?)+\?)?$/s;
const generic = 'The value is not valid for its type.';

/** One message of `validateInputValue` or `validateInputLiteral`. */
export function valueFreeMessage(message: string): string {
  if (harmless.some((pattern) => pattern.test(message))) return message;
  const field = unknownField.exec(message);
  if (field) return `${field[1]}.${field[2] ?? ''}`;
  const enumValue = unknownEnumValue.exec(message);
  if (enumValue) return `The value does not exist in ${enumValue[1]} enum.${enumValue[2] ?? ''}`;
  for (const pattern of cut) {
    const kept = pattern.exec(message)?.[1];
    if (kept) return `${kept}.`;
  }
  return generic;
}

const place =
  /^((?:Variable "\$\w+"|Argument "@?[\w.]+\(\w+:\)"|Variable "\$\w+" defined by fragment "\w+") has invalid (?:default )?value(?: at [\w.[\]]+)?: )(.*)$/s;

const aboutNoValue =
  /^(?:Too many errors processing variables|Must provide |Variable "\$\w+" expected value of type "[\w[\]!]+" which cannot be used)/;

/** The message of a variable or argument that could not be coerced, without its value; undefined for any other message. */
export function valueFreeCoercionMessage(message: string): string | undefined {
  const found = place.exec(message);
  return found ? `${found[1]}${valueFreeMessage(found[2] ?? '')}` : undefined;
}

/** An error of `validateExecutionArgs`; what is not about a value is harmless only if it is one of the sentences known here. */
export function valueFreeVariableError(error: GraphQLError): GraphQLError {
  const message = valueFreeCoercionMessage(error.message) ?? (aboutNoValue.test(error.message) ? error.message : 'The variables are not valid.');
  return new GraphQLError(message, { ...(error.nodes ? { nodes: error.nodes } : {}), extensions: { code: 'VALIDATION_FAILED' } });
}

/** What graphql-js says when a resolver returned what its type cannot hold: it prints the server's own value. */
const ofServer =
  /^(?:(?:Int|Float|String|Boolean|ID) cannot represent |Enum "\w+" cannot represent value: |Expected value of type "\w+" but got: |Subscription field must return Async Iterable|Abstract type "\w+" )/;

export function isServerValueMessage(message: string): boolean {
  return ofServer.test(message);
}

/** Such a message, or a text that has it, without the value: for the log, since the server's own value may be anybody's secret. */
export function valueFreeServerText(text: string, message: string): string {
  return isServerValueMessage(message) ? text.replaceAll(message, `${ofServer.exec(message)?.[0].replace(/(?: but got)?:? $/, '')} …`) : text;
}
