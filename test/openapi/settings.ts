import type { ApiSettings } from '../../lake/openapi/types.ts';

/** A stage of an account, as the stacks would say it. */
export const settings: ApiSettings = {
  title: 'firn-test',
  partition: 'aws',
  region: 'eu-west-1',
  stream: 'firn-test-events',
  kinesisRole: 'arn:aws:iam::111122223333:role/firn-test-gateway',
  authorizer: 'arn:aws:lambda:eu-west-1:111122223333:function:firn-test-authorizer',
  collect: 'arn:aws:lambda:eu-west-1:111122223333:function:firn-test-collect',
  keyCacheSeconds: 300,
};
