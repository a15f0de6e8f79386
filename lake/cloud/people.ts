/** What people may do in a deployed stage, and what asks in their name: the analyst, the engineer, the page. */
import { allow, type Policy, policy, type Statement } from './policy.ts';
import {
  catalog,
  dataAccess,
  ownStatements,
  type Places,
  readStream,
  useKey,
  workgroupArn,
} from './statements.ts';

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
