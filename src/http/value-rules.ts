import {
  GraphQLError,
  MaxIntrospectionDepthRule,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  validate,
} from 'graphql';
import { limitError } from './limit-error.ts';
import { valueFreeMessage } from './value-errors.ts';

/** A rule of graphql-js with its errors rewritten before anything can cache or log them. */
function rewriting(rule: ValidationRule, rewrite: (error: GraphQLError) => GraphQLError): ValidationRule {
  return (context: ValidationContext) => {
    const reportError = (error: GraphQLError) => context.reportError(rewrite(error));
    return rule(Object.create(context, { reportError: { value: reportError } }));
  };
}

const replacements: ReadonlyMap<ValidationRule, ValidationRule> = new Map([
  // The one rule that prints values.
  [
    ValuesOfCorrectTypeRule,
    rewriting(ValuesOfCorrectTypeRule, (error) => new GraphQLError(valueFreeMessage(error.message), error.nodes ? { nodes: error.nodes } : {})),
  ],
  [
    MaxIntrospectionDepthRule,
    rewriting(MaxIntrospectionDepthRule, () => limitError('The introspection lists types of fields of types; that is too deep.')),
  ],
]);

export interface ValidationSwitches {
  /** Whether `__schema` and `__type` are answered. */
  readonly introspection: boolean;
  /** Whether a wrong name is answered with similar right ones. */
  readonly suggestions: boolean;
}

/** Makes graphql-js's `validate` with {@link replacements}. */
export function createValidate({ introspection, suggestions }: ValidationSwitches): typeof validate {
  const added = introspection ? [] : [NoSchemaIntrospectionCustomRule];
  return (schema, document, rules, options) => {
    const ours = [...(rules ?? []).map((rule) => replacements.get(rule) ?? rule), ...added];
    return validate(schema, document, ours, { ...options, hideSuggestions: !suggestions });
  };
}
