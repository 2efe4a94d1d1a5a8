import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types for the operations that the demo, GraphiQL's tabs and the tests share. `schema.graphql` is printed by `npm run schema`. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: ['src/client/operations/*.graphql', 'test/**/*.graphql'],
  ignoreNoDocuments: true,
  generates: {
    './src/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // A document is its own text at run time, with the types of its result and variables: what fetch, graphql-ws and GraphiQL's tabs take.
        documentMode: 'string',
        // Node runs the output as it is: paths with their extension, no `enum`, `import type`.
        importExtension: '.ts',
        enumType: 'string-literal',
        useTypeImports: true,
        immutableTypes: true,
        strictScalars: true,
        defaultScalarType: 'unknown',
        scalars: {
          ID: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          JSONObject: 'Record<string, unknown>',
          SafeInt: 'number',
          URL: 'string',
        },
      },
    },
  },
};

export default config;
