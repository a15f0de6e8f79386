/** What the policies of a stage are made of: where things are, and statements that several roles share. */
import { allow, type Statement } from './policy.ts';

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

/** `kinesis:ListShards` and the rest, on one stream. */
export function readStream(streamArn: string): Statement {
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
export const dataAccess = allow(['lakeformation:GetDataAccess'], ['*']);

/** The stage's key, and only on behalf of these services. */
export function useKey(at: Places, services: readonly string[]): Statement {
  return allow(['kms:Decrypt', 'kms:GenerateDataKey'], [at.keyArn], {
    StringEquals: { 'kms:ViaService': services.map((name) => `${name}.${at.region}.amazonaws.com`) },
  });
}

/** One sees the statements that one ran oneself; they have no ARN. */
export const ownStatements = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM fills it in when it evaluates the policy
  StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' },
};

/** Glue checks a table's action on the catalog and on the database too. */
export function catalog(at: Places, tables: readonly string[]): string[] {
  const arn = `arn:${at.partition}:glue:${at.region}:${at.account}`;
  return [
    `${arn}:catalog`,
    `${arn}:database/${at.database}`,
    ...tables.map((table) => `${arn}:table/${at.database}/${table}`),
  ];
}

export function workgroupArn(at: Places, workgroup: string): string {
  return `arn:${at.partition}:athena:${at.region}:${at.account}:workgroup/${workgroup}`;
}

export function bucket(arn: string): string[] {
  return [arn, `${arn}/*`];
}
