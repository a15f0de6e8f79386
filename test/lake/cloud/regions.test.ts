import { expect, test } from 'vitest';
import { missingFirehose } from '../../../lake/cloud/regions.ts';

test('a region in which Firehose delivers into no Iceberg tables is told, and what to do', () => {
  for (const region of ['mx-central-1', 'cn-north-1', 'us-gov-west-1']) {
    expect(missingFirehose(region)?.message).toContain(`no Iceberg tables in ${region}`);
  }
  for (const region of ['us-east-1', 'eu-west-1', 'ap-southeast-1']) {
    expect(missingFirehose(region)).toBeUndefined();
  }
});
