/**
 * What each service's role of a deployed stage may do: exactly the actions that its service's guide lists, on exactly our
 * resources. Pure, so that tests can ask "may the analyst read the bucket?" of the very documents that are sent.
 */
import { allow, type Policy, policy } from './policy.ts';
import { bucket, catalog, dataAccess, ownStatements, type Places, readStream, useKey } from './statements.ts';

/** The tables that Firehose commits to: part of what the guide of `deliveryPolicy` lists. */
export function committerPolicy(at: Places): Policy {
  return policy([allow(['glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable'], catalog(at, at.tables))]);
}

/** Firehose developer guide, "Grant Firehose access to an Apache Iceberg Tables destination". */
export function deliveryPolicy(
  at: Places,
  own: { streamArn?: string; transformArn: string; logGroupArn: string },
): Policy {
  return policy([
    allow(
      [
        's3:AbortMultipartUpload',
        's3:GetBucketLocation',
        's3:GetObject',
        's3:ListBucket',
        's3:ListBucketMultipartUploads',
        's3:PutObject',
      ],
      [...bucket(at.warehouseArn), ...bucket(at.errorsArn)],
    ),
    // An update or delete of a row replaces files; appends that lost a race clean up after themselves.
    allow(['s3:DeleteObject'], [`${at.warehouseArn}/*`]),
    ...(own.streamArn === undefined ? [] : [readStream(own.streamArn)]),
    allow(['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], [own.transformArn]),
    useKey(at, own.streamArn === undefined ? ['s3'] : ['s3', 'kinesis']),
    allow(['logs:PutLogEvents'], [`${own.logGroupArn}:log-stream:*`]),
    dataAccess,
  ]);
}

/** Lake Formation developer guide, "Requirements for roles used to register locations". */
export function registrarPolicy(at: Places): Policy {
  return policy([
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [`${at.warehouseArn}/*`]),
    allow(['s3:ListBucket'], [at.warehouseArn]),
    useKey(at, ['s3']),
  ]);
}

/** Glue developer guide, "Table optimization prerequisites". */
export function optimizerPolicy(at: Places): Policy {
  const logs = `arn:${at.partition}:logs:${at.region}:${at.account}:log-group:/aws-glue/iceberg-`;
  return policy([
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [`${at.warehouseArn}/*`]),
    allow(['s3:ListBucket'], [at.warehouseArn]),
    allow(['glue:GetTable', 'glue:UpdateTable'], catalog(at, at.tables)),
    allow(
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ['compaction', 'retention', 'orphan-file-deletion'].map((kind) => `${logs}${kind}/logs:*`),
    ),
    useKey(at, ['s3']),
    dataAccess,
  ]);
}

/** Reads what a table is and changes its schema; Glue writes the new metadata file in the caller's name. */
export function migratePolicy(at: Places): Policy {
  return policy([
    allow(['glue:GetDatabase', 'glue:GetTable', 'glue:UpdateTable'], catalog(at, at.tables)),
    allow(['s3:GetObject', 's3:PutObject'], [`${at.warehouseArn}/*/metadata/*`]),
    allow(['s3:GetBucketLocation', 's3:ListBucket'], [at.warehouseArn]),
    useKey(at, ['s3']),
    dataAccess,
  ]);
}

/** Reads the stream and writes objects under `raw/`. */
export function archivePolicy(at: Places, own: { streamArn: string; archiveArn: string }): Policy {
  return policy([
    readStream(own.streamArn),
    allow(['s3:PutObject'], [`${own.archiveArn}/raw/*`]),
    useKey(at, ['s3', 'kinesis']),
  ]);
}

/** Redshift user guide, "Streaming ingestion from Kinesis Data Streams". */
export function warehousePolicy(at: Places, own: { streamArn: string }): Policy {
  return policy([readStream(own.streamArn), allow(['kinesis:ListStreams'], ['*']), useKey(at, ['kinesis'])]);
}

/** Runs SQL in one workgroup, as the administrator whose password Redshift keeps. */
export function runSqlPolicy(own: { workgroupArn: string; secretArn: string }): Policy {
  return policy([
    allow(['redshift-data:ExecuteStatement'], [own.workgroupArn]),
    allow(['redshift-data:DescribeStatement'], ['*'], ownStatements),
    allow(['secretsmanager:GetSecretValue'], [own.secretArn]),
  ]);
}

/** A function writes to its own log group and to no other. */
export function functionLogPolicy(logGroupArn: string): Policy {
  return policy([allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logGroupArn}:*`])]);
}
