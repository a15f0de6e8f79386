/**
 * Firehose: from the stream, through the transform, into the tables. Which table a row goes to is the transform's
 * answer (`otfMetadata`), so that a new table changes nothing here: a list of tables would replace the stream, and
 * a new stream begins at the newest record.
 */

import { processorParameters } from '../lake/cloud/firehose.ts';
import { committerPolicy, deliveryPolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import type { Buckets } from './buckets.ts';
import type { LambdaFunction } from './functions.ts';
import { rolePolicy, serviceRole } from './roles.ts';
import type { Stage } from './stage.ts';

export interface DeliveryOptions {
  /** The stream's own name in the account. */
  name: string;
  role: aws.iam.Role;
  /** Absent: records are put directly. */
  stream?: aws.kinesis.Stream;
  transform: LambdaFunction;
  /** Rows are only ever added, and Firehose scales by itself; false where rows replace others. */
  appendOnly: boolean;
  after: $util.Resource[];
}

export interface DeliveryRole {
  role: aws.iam.Role;
  /** Its right on the tables, apart from the others: a new table needs it before the transform names that table. */
  onTables: aws.iam.RolePolicy;
}

/** Made before the stream, since the warehouse's policy and the grants name it. */
export function deliveryRole(stage: Stage, name: string, places: $util.Output<Places>): DeliveryRole {
  const role = serviceRole(stage, name, 'firehose.amazonaws.com');
  return { role, onTables: rolePolicy(`${name}Tables`, role.name, places.apply(committerPolicy)) };
}

export function deliveryStream(
  stage: Stage,
  name: string,
  storage: Buckets,
  key: aws.kms.Key,
  places: $util.Output<Places>,
  options: DeliveryOptions,
): aws.kinesis.FirehoseDeliveryStream {
  const { role, stream, transform, appendOnly } = options;
  const { settings } = stage;
  const logGroup = new aws.cloudwatch.LogGroup(`${name}Log`, {
    name: `/aws/kinesisfirehose/${options.name}`,
    retentionInDays: settings.logDays,
  });
  // Firehose makes no log streams: without them its errors are told to nobody.
  const logs = ['tables', 'errors'].map(
    (kind) => new aws.cloudwatch.LogStream(`${name}Log${kind}`, { name: kind, logGroupName: logGroup.name }),
  );
  const logging = (kind: number) => ({
    enabled: true,
    logGroupName: logGroup.name,
    logStreamName: logs[kind]!.name,
  });
  const rights = rolePolicy(
    name,
    role.name,
    $util
      .all([places, transform.alias.arn, logGroup.arn, stream?.arn ?? ''])
      .apply(([at, transformArn, logGroupArn, streamArn]) =>
        deliveryPolicy(at, { transformArn, logGroupArn, ...(streamArn !== '' && { streamArn }) }),
      ),
  );
  return new aws.kinesis.FirehoseDeliveryStream(
    name,
    {
      name: options.name,
      destination: 'iceberg',
      ...(stream === undefined
        ? {
            serverSideEncryption: { enabled: true, keyType: 'CUSTOMER_MANAGED_CMK', keyArn: key.arn },
          }
        : { kinesisSourceConfiguration: { kinesisStreamArn: stream.arn, roleArn: role.arn } }),
      icebergConfiguration: {
        roleArn: role.arn,
        catalogArn: `arn:${stage.partition}:glue:${stage.region}:${stage.account}:catalog`,
        appendOnly,
        bufferingInterval: settings.bufferSeconds,
        bufferingSize: settings.bufferMiB,
        retryDuration: settings.deliveryRetrySeconds,
        s3BackupMode: 'FailedDataOnly',
        s3Configuration: {
          roleArn: role.arn,
          bucketArn: storage.errors.arn,
          kmsKeyArn: key.arn,
          errorOutputPrefix: `delivery/stream=${options.name}/type=!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/`,
          cloudwatchLoggingOptions: logging(1),
        },
        cloudwatchLoggingOptions: logging(0),
        processingConfiguration: {
          enabled: true,
          processors: [
            {
              type: 'Lambda',
              parameters: [
                { parameterName: 'LambdaArn', parameterValue: transform.alias.arn },
                ...processorParameters(settings),
              ],
            },
          ],
        },
      },
    },
    { dependsOn: [rights, ...logs, ...transform.ready, ...options.after] },
  );
}
