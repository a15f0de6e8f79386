import { defineConfig } from 'vitest/config';

/** Other people's trackers, and a browser: installed by the first run. */
export default defineConfig({
  test: {
    include: ['test/clients/*.client.ts'],
    globalSetup: ['test/clients/install.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
