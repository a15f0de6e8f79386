import { defineConfig } from 'vitest/config';

/** Real processes, killed: too slow for every run of the tests. */
export default defineConfig({
  test: {
    include: ['test/kill/**/*.kill.ts'],
    pool: 'forks',
    testTimeout: 180_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
