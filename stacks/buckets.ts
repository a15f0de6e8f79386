/**
 * Three buckets, apart from each other: what removes orphans or expires objects in one can never reach another.
 * The warehouse has no expiry: an object that is old is not an object that is unused.
 */

import { secureTransport } from '../lake/cloud/bucket-policies.ts';
import { type Policy, policy, type Statement } from '../lake/cloud/policy.ts';
import type { Stage } from './stage.ts';

export interface Buckets {
  warehouse: aws.s3.Bucket;
  /** Records that could not be delivered. */
  errors: aws.s3.Bucket;
  /** Results of queries. */
  results: aws.s3.Bucket;
}

export function buckets(stage: Stage, key: aws.kms.Key): Buckets {
  const warehouse = privateBucket(stage, 'Warehouse', { key, holdsData: true });
  const errors = privateBucket(stage, 'Errors', { key, holdsData: true, days: stage.settings.errorDays });
  const results = privateBucket(stage, 'Results', { days: stage.settings.resultDays });
  // The warehouse's policy names the roles that may read it: stacks/governance.ts makes it.
  bucketPolicy('Errors', errors);
  bucketPolicy('Results', results);
  return { warehouse, errors, results };
}

/**
 * A bucket that nobody outside of the account can ever see, encrypted with `key` or else with S3's own, whose
 * objects expire after `days` if given. Removing a stage empties it; production keeps it.
 */
export function privateBucket(
  { names, keep }: Stage,
  name: string,
  options: { key?: aws.kms.Key; days?: number; holdsData?: boolean },
): aws.s3.Bucket {
  const { key, days } = options;
  const bucket = new aws.s3.Bucket(
    name,
    { bucketPrefix: `${names.base}-${name.toLowerCase()}-`, forceDestroy: !keep.protect },
    options.holdsData === true ? keep : {},
  );
  new aws.s3.BucketPublicAccessBlock(`${name}PublicAccess`, {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new aws.s3.BucketOwnershipControls(`${name}Ownership`, {
    bucket: bucket.id,
    rule: { objectOwnership: 'BucketOwnerEnforced' },
  });
  new aws.s3.BucketServerSideEncryptionConfiguration(`${name}Encryption`, {
    bucket: bucket.id,
    rules: [
      {
        applyServerSideEncryptionByDefault:
          key === undefined
            ? { sseAlgorithm: 'AES256' }
            : { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
        // One request to KMS serves many objects.
        bucketKeyEnabled: key !== undefined,
      },
    ],
  });
  new aws.s3.BucketLifecycleConfiguration(`${name}Lifecycle`, {
    bucket: bucket.id,
    rules: [
      {
        id: 'abort-uploads',
        status: 'Enabled',
        filter: {},
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
      ...(days === undefined ? [] : [{ id: 'expire', status: 'Enabled', filter: {}, expiration: { days } }]),
    ],
  });
  return bucket;
}

/** A bucket has one policy: TLS only, and what else is given. */
export function bucketPolicy(
  name: string,
  bucket: aws.s3.Bucket,
  more: $util.Input<readonly Statement[]> = [],
): aws.s3.BucketPolicy {
  const document = $util
    .all([bucket.arn, more])
    .apply(([arn, statements]): Policy => policy([secureTransport(arn), ...(statements as Statement[])]));
  return new aws.s3.BucketPolicy(`${name}Policy`, {
    bucket: bucket.id,
    policy: document.apply((value) => JSON.stringify(value)),
  });
}
