/// <reference path="./.sst/platform/config.d.ts" />

// What is deployed stands in stacks/index.ts; what a stage may set stands in stacks/stages.ts.
export default $config({
  app(input) {
    const production = input?.stage === 'prod';
    return {
      name: 'firn',
      home: 'aws',
      version: '4.17.1',
      providers: { aws: { version: '7.26.0' }, random: { version: '4.16.6' } },
      removal: production ? 'retain' : 'remove',
      protect: production,
    };
  },
  async run() {
    const { lakehouse } = await import('./stacks/index.ts');
    return await lakehouse();
  },
});
