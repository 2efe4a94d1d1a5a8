import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:faults`: real processes under real faults, apart from `npm test` because each run takes seconds. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/faults/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/canaries/last-step.ts', 'test/faults/support/first-step.ts'],
  },
});
