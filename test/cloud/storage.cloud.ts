import { expect, test } from 'vitest';
import { render } from './render/render.ts';

const graph = await render({ environment: { FIRN_ARCHIVE: 'true', FIRN_DIRECT_PUT: 'true' } });
const buckets = graph.all('Bucket').filter(({ type }) => type === 'aws:s3/bucket:Bucket');

test('there are the buckets that the README names', () => {
  expect(buckets.map(({ name }) => name).sort()).toEqual(['Archive', 'Errors', 'Results', 'Warehouse']);
});

test('the stream is on demand, encrypted with our key, and keeps records for a week', () => {
  expect(graph.one('Stream', 'Stream').inputs).toMatchObject({
    streamModeDetails: { streamMode: 'ON_DEMAND' },
    encryptionType: 'KMS',
    kmsKeyId: graph.one('Key').state.arn,
    retentionPeriod: 168,
  });
});

for (const { name, id } of buckets) {
  const own = (type: string) => graph.all(type).filter(({ inputs }) => inputs.bucket === id);

  test(`nobody outside of the account sees the bucket ${name}`, () => {
    expect(own('BucketPublicAccessBlock').map(({ inputs }) => inputs)).toEqual([
      {
        bucket: id,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
    ]);
    expect(own('BucketOwnershipControls')[0]!.inputs.rule.objectOwnership).toBe('BucketOwnerEnforced');
  });

  test(`the bucket ${name} is encrypted, and answers over TLS only`, () => {
    const [encryption] = own('BucketServerSideEncryptionConfiguration');
    const rule = encryption!.inputs.rules[0].applyServerSideEncryptionByDefault;
    // Results are asked for by people who must not need the tables' key.
    if (name === 'Results') expect(rule).toEqual({ sseAlgorithm: 'AES256' });
    else expect(rule).toEqual({ sseAlgorithm: 'aws:kms', kmsMasterKeyId: graph.one('Key').state.arn });
    const [policy] = own('BucketPolicy');
    expect(JSON.parse(policy!.inputs.policy).Statement).toContainEqual({
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: [`arn:aws:s3:::${id}`, `arn:aws:s3:::${id}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  test(`what expires in the bucket ${name} is what may expire`, () => {
    const rules = own('BucketLifecycleConfiguration')[0]!.inputs.rules as Record<string, unknown>[];
    const days = { Errors: 90, Results: 7 }[name];
    const expiry = rules.filter((rule) =>
      Object.keys(rule).some((key) => /expiration|transition/i.test(key)),
    );
    expect(expiry.map((rule) => rule.expiration)).toEqual(days === undefined ? [] : [{ days }]);
    expect(rules.some((rule) => rule.abortIncompleteMultipartUpload !== undefined)).toBe(true);
  });
}

test('every log group forgets after a while', () => {
  const groups = graph.all('LogGroup');
  expect(groups.length).toBeGreaterThan(4);
  for (const { name, inputs } of groups) expect([name, inputs.retentionInDays]).toEqual([name, 30]);
});

test('no function logs elsewhere than into a log group of ours', () => {
  const groups = graph.all('LogGroup').map(({ state }) => state.name);
  for (const { inputs } of graph.all('Function').filter(({ type }) => type.startsWith('aws:lambda'))) {
    expect(groups).toContain(inputs.loggingConfig.logGroup);
    expect(inputs.loggingConfig.logFormat).toBe('JSON');
  }
});
