/** Off by default: every raw record in S3, for whoever must be able to begin again from the first event. */
import { archiveTable } from '../lake/cloud/json-table.ts';
import { archivePolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { bucketPolicy, privateBucket } from './buckets.ts';
import { type LambdaFunction, lambdaFunction } from './functions.ts';
import { jsonTable } from './json-table.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';

export function rawArchive(
  stage: Stage,
  stream: aws.kinesis.Stream,
  key: aws.kms.Key,
  places: $util.Output<Places>,
  { database }: Tables,
): { bucket: aws.s3.Bucket; writer: LambdaFunction } | undefined {
  if (!stage.settings.archive) return undefined;
  const bucket = privateBucket(stage, 'Archive', { key, holdsData: true });
  bucketPolicy('Archive', bucket);
  const writer = lambdaFunction(stage, 'Archive', {
    handler: 'archive.handler',
    description: 'Writes raw records to S3',
    memory: '512 MB',
    timeout: '1 minute',
    environment: { FIRN_ARCHIVE_BUCKET: bucket.bucket },
    policy: $util
      .all([places, stream.arn, bucket.arn])
      .apply(([at, streamArn, archiveArn]) => archivePolicy(at, { streamArn, archiveArn })),
  });
  new aws.lambda.EventSourceMapping(
    'ArchiveSource',
    {
      eventSourceArn: stream.arn,
      functionName: writer.alias.arn,
      startingPosition: 'TRIM_HORIZON',
      // One object a shard every five minutes, or every 6 MB: what Lambda can be handed at once.
      batchSize: 10_000,
      maximumBatchingWindowInSeconds: 300,
      // A batch is tried until the stream forgets it; the alarm on the iterator's age tells long before.
      // It is tried whole: a half would be another object, and hold again what was written before the failure.
      maximumRetryAttempts: -1,
    },
    { dependsOn: writer.ready },
  );
  jsonTable(
    'RawRecordsTable',
    stage.names.archiveTable,
    'Every raw record of the stream',
    archiveTable(),
    database,
    bucket,
  );
  return { bucket, writer };
}
