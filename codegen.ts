import type { CodegenConfig } from '@graphql-codegen/cli';
import { preset } from '@graphql-codegen/client-preset';

/** The client preset, with documents that a bundler drops when a page does not use them: the preset itself does not pass this option on. */
const treeShakeable: typeof preset = {
  ...preset,
  buildGeneratesSection: async (options) =>
    (await preset.buildGeneratesSection(options)).map((section) => ({ ...section, config: { ...section.config, pureMagicComment: true } })),
};

/** Types for the operations that the demo, GraphiQL's tabs and the tests share. `schema.graphql` is printed by `npm run schema`. */
const config: CodegenConfig = {
  schema: './schema.graphql',
  documents: ['src/client/operations/*.graphql', 'test/**/*.graphql'],
  ignoreNoDocuments: true,
  generates: {
    './src/client/generated/': {
      preset: treeShakeable,
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
