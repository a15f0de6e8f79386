/** Athena: a workgroup for the engineer, another for the analyst, and every file of queries/ as a named query. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { analystPolicy, engineerPolicy, filesPolicy } from '../lake/cloud/people.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { parseNamedQuery } from '../lake/queries.ts';
import type { Buckets } from './buckets.ts';
import { personRole, rolePolicy } from './roles.ts';
import type { Stage } from './stage.ts';

export interface People {
  engineer: aws.iam.Role;
  /** Absent where IAM alone decides: it cannot hide columns. */
  analyst: aws.iam.Role | undefined;
}

export function people(stage: Stage): People {
  return {
    engineer: personRole(stage, 'Engineer', 'Everything that concerns the events'),
    analyst: stage.settings.governed
      ? personRole(stage, 'Analyst', 'Asks SQL; sees no personal data')
      : undefined,
  };
}

/** Results lie under a prefix for each workgroup, so that the analyst does not find what the engineer asked. */
export const prefixes = { engineer: 'engineer/', analyst: 'analyst/', page: 'page/' };

export function queries(
  stage: Stage,
  storage: Buckets,
  places: $util.Output<Places>,
  { engineer, analyst }: People,
  stream: aws.kinesis.Stream,
  archive: aws.s3.Bucket | undefined,
): { workgroup: aws.athena.Workgroup; analysts: aws.athena.Workgroup | undefined } {
  const { names, settings } = stage;
  const workgroup = athenaWorkgroup(stage, storage, 'Workgroup', {
    name: names.workgroup,
    prefix: prefixes.engineer,
    scanGiB: settings.scanGiB,
  });
  rolePolicy(
    'Engineer',
    engineer.name,
    $util.all([places, stream.arn, archive?.arn ?? '']).apply(([at, streamArn, archiveArn]) => {
      const { Version, Statement } = engineerPolicy(at, {
        workgroup: names.workgroup,
        analystWorkgroup: names.analystWorkgroup,
        resultsPrefix: prefixes.engineer,
        streamArn,
        ...(archiveArn !== '' && { archiveArn }),
      });
      return {
        Version,
        Statement: settings.governed ? Statement : [...Statement, ...filesPolicy(at).Statement],
      };
    }),
  );
  for (const { file, sql } of queryFiles()) {
    const { name, purpose } = parseNamedQuery(path.basename(file), sql);
    new aws.athena.NamedQuery(`Query-${name}`, {
      name,
      description: purpose.slice(0, 1024),
      database: names.database,
      workgroup: workgroup.name,
      query: sql,
    });
  }
  if (analyst === undefined) return { workgroup, analysts: undefined };
  const analysts = athenaWorkgroup(stage, storage, 'AnalystWorkgroup', {
    name: names.analystWorkgroup,
    prefix: prefixes.analyst,
    scanGiB: settings.scanGiB,
  });
  rolePolicy(
    'Analyst',
    analyst.name,
    places.apply((at) =>
      analystPolicy(at, { workgroup: names.analystWorkgroup, resultsPrefix: prefixes.analyst }),
    ),
  );
  return { workgroup, analysts };
}

/** `prefix`: where results lie. `scanGiB`: most that one query may scan. */
export function athenaWorkgroup(
  { keep }: Stage,
  storage: Buckets,
  name: string,
  own: { name: string; prefix: string; scanGiB: number },
): aws.athena.Workgroup {
  return new aws.athena.Workgroup(name, {
    name: own.name,
    description: 'Firn: SQL over events',
    forceDestroy: !keep.protect,
    configuration: {
      enforceWorkgroupConfiguration: true,
      publishCloudwatchMetricsEnabled: true,
      bytesScannedCutoffPerQuery: own.scanGiB * 1024 ** 3,
      engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
      resultConfiguration: {
        outputLocation: $interpolate`s3://${storage.results.bucket}/${own.prefix}`,
        encryptionConfiguration: { encryptionOption: 'SSE_S3' },
      },
    },
  });
}

/** Files of queries/ and its folders, by name. Redshift's are another dialect. */
function queryFiles(): { file: string; sql: string }[] {
  const folder = path.join($cli.paths.root, 'queries');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql') && !file.startsWith('redshift'))
    .sort()
    .map((file) => ({ file, sql: readFileSync(path.join(folder, file), 'utf8') }));
}
