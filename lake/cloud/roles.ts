/**
 * What each role of a deployed stage may do: exactly the actions that its service's guide lists, on exactly our
 * resources. Pure, so that tests can ask "may the analyst read the bucket?" of the very documents that are sent.
 */
import { allow, type Policy, policy, type Statement } from './policy.ts';

/** Where things are. ARNs, and names where an ARN is built of them. */
export interface Places {
  partition: string;
  region: string;
  account: string;
  database: string;
  /** Names of the contracts' tables. */
  tables: readonly string[];
  warehouseArn: string;
  errorsArn: string;
  resultsArn: string;
  keyArn: string;
}

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

/**
 * Asks SQL in one workgroup and sees the catalog that Lake Formation shows it. No right on the warehouse's
 * objects: these come through Lake Formation, column by column. Results lie under the workgroup's own prefix.
 */
export function analystPolicy(at: Places, own: { workgroup: string; resultsPrefix: string }): Policy {
  return policy([...askAthena(at, own.workgroup, own.resultsPrefix), ...readCatalog(at), dataAccess]);
}

/** Runs the page's queries, and sees what the analyst sees. No way to look at other queries or at files. */
export function pagePolicy(at: Places, own: { workgroup: string; resultsPrefix: string }): Policy {
  return policy([
    allow(
      [
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      [workgroupArn(at, own.workgroup)],
    ),
    ...keepResults(at, own.resultsPrefix),
    ...readCatalog(at),
    dataAccess,
  ]);
}

/** Everything that concerns the data, through Lake Formation too, and what could not be delivered: to read and to send again. */
export function engineerPolicy(
  at: Places,
  own: {
    workgroup: string;
    resultsPrefix: string;
    analystWorkgroup: string;
    streamArn: string;
    archiveArn?: string;
  },
): Policy {
  const plain = [at.errorsArn, ...(own.archiveArn === undefined ? [] : [own.archiveArn])];
  return policy([
    ...askAthena(at, own.workgroup, own.resultsPrefix),
    ...readCatalog(at),
    allow(['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'], catalog(at, ['*'])),
    allow(
      ['s3:GetObject'],
      plain.map((arn) => `${arn}/*`),
    ),
    allow(['s3:GetBucketLocation', 's3:ListBucket'], plain),
    allow(['athena:GetWorkGroup'], [workgroupArn(at, own.analystWorkgroup)]),
    readStream(own.streamArn),
    allow(['kinesis:PutRecords'], [own.streamArn]),
    useKey(at, ['s3', 'kinesis']),
    dataAccess,
  ]);
}

/** Where IAM alone decides, who asks SQL must be able to read the files, and OPTIMIZE and VACUUM write them. */
export function filesPolicy(at: Places): Policy {
  return policy([
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [`${at.warehouseArn}/*`]),
    allow(['s3:GetBucketLocation', 's3:ListBucket'], [at.warehouseArn]),
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

/** One sees the statements that one ran oneself; they have no ARN. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM fills it in when it evaluates the policy
const ownStatements = { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } };

/** Runs SQL in one workgroup, as the administrator whose password Redshift keeps. */
export function runSqlPolicy(own: { workgroupArn: string; secretArn: string }): Policy {
  return policy([
    allow(['redshift-data:ExecuteStatement'], [own.workgroupArn]),
    allow(['redshift-data:DescribeStatement'], ['*'], ownStatements),
    allow(['secretsmanager:GetSecretValue'], [own.secretArn]),
  ]);
}

/** Asks the warehouse through the Data API, as the database's user of one's own role. */
export function askWarehousePolicy(own: { workgroupArn: string }): Policy {
  return policy([
    allow(
      [
        'redshift-data:ExecuteStatement',
        'redshift-serverless:GetCredentials',
        'redshift-serverless:GetWorkgroup',
      ],
      [own.workgroupArn],
    ),
    allow(['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'], ['*'], ownStatements),
  ]);
}

/** A function writes to its own log group and to no other. */
export function functionLogPolicy(logGroupArn: string): Policy {
  return policy([allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [`${logGroupArn}:*`])]);
}

/** Bytes are read and written over TLS only (S3 user guide, "aws:SecureTransport"). */
export function secureTransport(bucketArn: string): Statement {
  return {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*'],
    Resource: bucket(bucketArn),
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/**
 * Whatever other policies allow in the account, only these principals read, write and delete the tables' files:
 * everybody else goes through Lake Formation, whose registrar is one of them.
 */
export function onlyThrough(bucketArn: string, principals: readonly string[]): Statement {
  return {
    Sid: 'NoPathAroundTheGrants',
    Effect: 'Deny',
    Principal: '*',
    Action: [
      's3:GetObject',
      's3:GetObjectVersion',
      's3:PutObject',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
    ],
    Resource: [`${bucketArn}/*`],
    Condition: { ArnNotLike: { 'aws:PrincipalArn': principals } },
  };
}

/** `kinesis:ListShards` and the rest, on one stream. */
function readStream(streamArn: string): Statement {
  return allow(
    [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    ],
    [streamArn],
  );
}

/** Lake Formation hands out credentials by its grants; the action knows no resources. */
const dataAccess = allow(['lakeformation:GetDataAccess'], ['*']);

/** The stage's key, and only on behalf of these services. */
function useKey(at: Places, services: readonly string[]): Statement {
  return allow(['kms:Decrypt', 'kms:GenerateDataKey'], [at.keyArn], {
    StringEquals: { 'kms:ViaService': services.map((name) => `${name}.${at.region}.amazonaws.com`) },
  });
}

function askAthena(at: Places, workgroup: string, resultsPrefix: string): Statement[] {
  return [
    allow(
      [
        'athena:BatchGetNamedQuery',
        'athena:BatchGetQueryExecution',
        'athena:GetNamedQuery',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetQueryResultsStream',
        'athena:GetQueryRuntimeStatistics',
        'athena:GetWorkGroup',
        'athena:ListNamedQueries',
        'athena:ListQueryExecutions',
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
      ],
      [workgroupArn(at, workgroup)],
    ),
    // What the console and other people's tools ask before they ask SQL; of tables, Lake Formation tells each their own.
    allow(
      [
        'athena:GetDataCatalog',
        'athena:GetDatabase',
        'athena:GetTableMetadata',
        'athena:ListDatabases',
        'athena:ListTableMetadata',
      ],
      [`arn:${at.partition}:athena:${at.region}:${at.account}:datacatalog/AwsDataCatalog`],
    ),
    // Names alone; these actions know no resources.
    allow(['athena:ListDataCatalogs', 'athena:ListEngineVersions', 'athena:ListWorkGroups'], ['*']),
    ...keepResults(at, resultsPrefix),
  ];
}

/** Athena writes and reads results in the name of whoever asks. */
function keepResults(at: Places, resultsPrefix: string): Statement[] {
  return [
    allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
      [`${at.resultsArn}/${resultsPrefix}*`],
    ),
    allow(['s3:ListBucket'], [at.resultsArn], { StringLike: { 's3:prefix': `${resultsPrefix}*` } }),
    allow(['s3:GetBucketLocation'], [at.resultsArn]),
  ];
}

function readCatalog(at: Places): Statement[] {
  return [
    allow(
      ['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      catalog(at, ['*']),
    ),
    // Athena looks for it, whatever is asked ("Configure AWS Glue access to your catalog and database per Region").
    allow(['glue:GetDatabase'], [`arn:${at.partition}:glue:${at.region}:${at.account}:database/default`]),
  ];
}

/** Glue checks a table's action on the catalog and on the database too. */
function catalog(at: Places, tables: readonly string[]): string[] {
  const arn = `arn:${at.partition}:glue:${at.region}:${at.account}`;
  return [
    `${arn}:catalog`,
    `${arn}:database/${at.database}`,
    ...tables.map((table) => `${arn}:table/${at.database}/${table}`),
  ];
}

function workgroupArn(at: Places, workgroup: string): string {
  return `arn:${at.partition}:athena:${at.region}:${at.account}:workgroup/${workgroup}`;
}

function bucket(arn: string): string[] {
  return [arn, `${arn}/*`];
}
