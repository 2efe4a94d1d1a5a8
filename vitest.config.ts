import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vitest would pick the development build of graphql for our code alone, and every `instanceof GraphQLError` against the libraries' would fail.
  // Not 'import' as well: Node gets these for `require` too, and pg would be given a module where it wants a class.
  ssr: { resolve: { conditions: ['node', 'module-sync'] } },
  test: {
    // What tests call a secret is looked for in all that they were shown.
    globalSetup: ['test/support/canaries/last-step.ts'],
    setupFiles: ['test/support/canaries/capture.ts'],
    include: ['test/**/*.test.ts'],
    // Vitest's own, and what `npm run test:faults` runs.
    exclude: ['**/node_modules/**', 'test/faults/**'],
    // A process for each file: better-sqlite3 and process.env are shared by all threads of one.
    pool: 'forks',
    // More than cores: most of a test's time is spent waiting for a process to start, a lease to end, a disk.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    restoreMocks: true,
    unstubEnvs: true,
    // A test that can only pass with `.only` or by being retried is a defect.
    allowOnly: false,
    retry: 0,
  },
});
