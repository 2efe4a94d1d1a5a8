import { GraphQLError, type ValidationContext, type ValidationRule, ValuesOfCorrectTypeRule, validate } from 'graphql';
import { valueFreeMessage } from './value-errors.ts';

/** The one rule of graphql-js that prints values, its messages made value-free before anything can cache or log them. */
function ValueFreeValuesRule(context: ValidationContext) {
  const reporting: ValidationContext = Object.create(context, {
    reportError: {
      value: (error: GraphQLError) => {
        context.reportError(new GraphQLError(valueFreeMessage(error.message), error.nodes ? { nodes: error.nodes } : {}));
      },
    },
  });
  return ValuesOfCorrectTypeRule(reporting);
}

/** graphql-js's `validate` with {@link ValueFreeValuesRule} in the place of the rule that it stands for. */
export const validateDocument: typeof validate = (schema, document, rules, options) => {
  const valueFree = rules?.map((rule): ValidationRule => (rule === ValuesOfCorrectTypeRule ? ValueFreeValuesRule : rule));
  return validate(schema, document, valueFree, options);
};
