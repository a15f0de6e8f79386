import { defineConfig } from 'vitest/config';

/** Renders what a deployment would send; needs the SST platform, which the first run sets up. */
export default defineConfig({
  test: {
    include: ['test/cloud/**/*.cloud.ts'],
    globalSetup: ['test/cloud/render/platform.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
