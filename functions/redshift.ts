/** Runs statements in Redshift, one after the other, through its Data API. */
import {
  DescribeStatementCommand,
  ExecuteStatementCommand,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import type { RedshiftStatement } from '../lake/cloud/redshift.ts';
import { Fault } from '../lake/errors.ts';

export interface Warehouse {
  workgroup: string;
  database: string;
  /** Of the administrator's password, which Redshift keeps in Secrets Manager. */
  secretArn: string;
  statements: readonly RedshiftStatement[];
}

/**
 * Throws a Fault with Redshift's own words and the statement's name. What is there already is left: Redshift has
 * no "if not exists" for users and materialized views.
 */
export async function applyStatements(
  client: RedshiftDataClient,
  { workgroup, database, secretArn, statements }: Warehouse,
  pause: (ms: number) => Promise<void>,
): Promise<string[]> {
  const applied: string[] = [];
  for (const { name, sql } of statements) {
    const { Id } = await client.send(
      new ExecuteStatementCommand({
        WorkgroupName: workgroup,
        Database: database,
        SecretArn: secretArn,
        Sql: sql,
      }),
    );
    const error = await failureOf(client, Id!, pause);
    if (error === undefined) applied.push(name);
    else if (!/already exists/i.test(error)) throw new Fault(`queries/redshift, ${name}: ${error}`);
  }
  return applied;
}

async function failureOf(
  client: RedshiftDataClient,
  Id: string,
  pause: (ms: number) => Promise<void>,
): Promise<string | undefined> {
  for (let wait = 200; ; wait = Math.min(wait * 2, 5000)) {
    const { Status, Error: error } = await client.send(new DescribeStatementCommand({ Id }));
    if (Status === 'FINISHED') return undefined;
    if (Status === 'FAILED' || Status === 'ABORTED') return error ?? Status;
    await pause(wait);
  }
}
