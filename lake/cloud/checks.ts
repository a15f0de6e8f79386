/**
 * What is wrong in an account or a stage, why it matters and what mends it. Pure: scripts/cloud/doctor.ts gathers
 * the facts, these functions judge them. Grants are judged in grant-checks.ts.
 */
import type { Contract } from '../types.ts';
import {
  closedTo,
  defaultDatabaseProblems,
  everybody,
  type GrantFacts,
  grantProblems,
  type ViewFacts,
  viewProblems,
} from './grant-checks.ts';

export interface Problem {
  what: string;
  why: string;
  /** One command, or one step in the console where there is no command. */
  mend: string;
}

export interface AccountFacts {
  /** ARN of a user or role. */
  caller: string;
  admins: readonly string[];
}

/** `arn:aws:sts::1:assumed-role/deployer/session` → `arn:aws:iam::1:role/deployer`; others as they are. */
export function principalOf(arn: string): string {
  const [, partition, account, role] = /^arn:(aws[\w-]*):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}

/**
 * The role's path is not told by a session, so that roles are compared by their names, which are unique in an
 * account.
 */
export function isAdmin({ caller, admins }: AccountFacts): boolean {
  const name = (arn: string) => arn.replace(/:role\/.*\//, ':role/');
  return admins.some((admin) => name(admin) === name(caller));
}

/** A role of IAM Identity Center has a path that only IAM knows, and Lake Formation wants it whole. */
export function needsWholeArn(principal: string): boolean {
  return /:role\/AWSReservedSSO_/.test(principal);
}

export function accountProblems(facts: AccountFacts, stage: string): Problem[] {
  if (isAdmin(facts)) return [];
  return [
    {
      what: `${facts.caller} is no data lake administrator; there are ${facts.admins.join(', ') || 'none'}`,
      why: 'only an administrator may grant, so a deployment of a governed stage would stop at once',
      mend: `npm run doctor -- --stage ${stage} --make-me-admin${needsWholeArn(facts.caller) ? " --principal <the role's whole ARN>" : ''}`,
    },
  ];
}

/** Where IAM alone is to decide. `open`: to whom Lake Formation grants a new database. */
export function ungovernedAccountProblems(open: readonly string[]): Problem[] {
  if (open.includes(everybody)) return [];
  return [
    {
      what: 'new databases of this account are closed to whom IAM alone allows, and the stage has governed: false',
      why: 'Firehose and the functions would get "Insufficient Lake Formation permission(s)", and the deployment fail',
      mend: 'take governed: false out of stacks/stages.ts; or in the console: Lake Formation, Data Catalog settings, "Use only IAM access control for new databases"',
    },
  ];
}

export interface TableFacts {
  table: string;
  /** Undefined: Glue has no such table. */
  found:
    | undefined
    | {
        isIceberg: boolean;
        /** Names of the columns that the catalog lists. */
        columns: readonly string[];
      };
  /** By type: compaction, retention, orphan_file_deletion. Absent: there is none. */
  optimizers: Readonly<Record<string, { enabled: boolean; lastFailure?: string }>>;
  /** Principal → permissions on the table, on columns or on rows of it; looked at where the stage is governed. */
  grants?: ReadonlyMap<string, GrantFacts>;
  /** Who is granted something, as far as it can be seen; looked at where the stage is not governed. */
  principals?: readonly string[] | undefined;
}

export interface DeliveryFacts {
  name: string;
  /** Undefined: there is no such stream. */
  status: string | undefined;
  failure?: string;
  roleArn?: string;
  /** `log group:log stream` that Firehose is told to write to, and whether it is there. */
  logs: readonly { name: string; exists: boolean }[];
}

export interface StageFacts {
  stage: string;
  database: string;
  stream: { name: string; status: string | undefined; encryption?: string };
  workgroups: readonly { name: string; state: string | undefined; enforced: boolean }[];
  deliveries: readonly DeliveryFacts[];
  tables: readonly TableFacts[];
  views: readonly ViewFacts[];
  /** Undefined: not governed. */
  analyst: string | undefined;
  engineer: string;
  /** Principals that are granted something on the database `default`; undefined: there is none, or it is not governed. */
  onDefault: readonly string[] | undefined;
  /** Who is granted something on the database, as far as it can be seen; looked at where the stage is not governed. */
  onDatabase: readonly string[] | undefined;
}

export const optimizerTypes = ['compaction', 'retention', 'orphan_file_deletion'] as const;

export function stageProblems(facts: StageFacts, contracts: ReadonlyMap<string, Contract>): Problem[] {
  const deploy = `npx sst deploy --stage ${facts.stage}`;
  return [
    ...(facts.analyst === undefined
      ? closedTo(facts.onDatabase, facts.database, { Database: { Name: facts.database } })
      : defaultDatabaseProblems(facts.onDefault, { analyst: facts.analyst, engineer: facts.engineer })),
    ...streamProblems(facts, deploy),
    ...facts.workgroups.flatMap((workgroup) => workgroupProblems(workgroup, deploy)),
    ...facts.deliveries.flatMap((delivery) => deliveryProblems(delivery, deploy)),
    ...facts.tables.flatMap((table) => tableProblems(table, contracts.get(table.table)!, facts, deploy)),
    ...facts.views.flatMap((view) => viewProblems(view, facts.database, facts.analyst, deploy)),
  ];
}

function streamProblems({ stream }: StageFacts, deploy: string): Problem[] {
  if (stream.status === undefined) {
    return [{ what: `there is no stream ${stream.name}`, why: 'no event can come in', mend: deploy }];
  }
  if (stream.status !== 'ACTIVE') {
    return [
      {
        what: `the stream ${stream.name} is ${stream.status}`,
        why: 'it takes no records until it is ACTIVE',
        mend: 'wait a minute, then run this again',
      },
    ];
  }
  if (stream.encryption === 'KMS') return [];
  return [
    {
      what: `the stream ${stream.name} is not encrypted`,
      why: 'it holds raw events, personal data included',
      mend: `${deploy} (after: npx sst refresh)`,
    },
  ];
}

function workgroupProblems(
  { name, state, enforced }: StageFacts['workgroups'][number],
  deploy: string,
): Problem[] {
  if (state === 'ENABLED' && enforced) return [];
  const what = state === undefined ? 'is not there' : state !== 'ENABLED' ? `is ${state}` : 'is not enforced';
  return [
    {
      what: `the workgroup ${name} ${what}`,
      why: 'queries would not run, or not with its limits and its encryption',
      mend: deploy,
    },
  ];
}

function deliveryProblems({ name, status, failure, logs }: DeliveryFacts, deploy: string): Problem[] {
  if (status === undefined) {
    return [
      {
        what: `there is no delivery stream ${name}`,
        why: 'records wait in the stream, and are lost when it forgets them',
        mend: deploy,
      },
    ];
  }
  const missing = logs.filter(({ exists }) => !exists);
  return [
    ...(status === 'ACTIVE' && failure === undefined
      ? []
      : [
          {
            what: `the delivery stream ${name} is ${status}${failure === undefined ? '' : `: ${failure}`}`,
            why: 'rows reach the tables only while it is ACTIVE',
            mend: status === 'CREATING' ? 'wait a minute, then run this again' : deploy,
          },
        ]),
    ...(logs.length === 0
      ? [{ what: `${name} writes no log`, why: 'its errors are told to nobody', mend: deploy }]
      : missing.map((log) => ({
          what: `${name} writes its log to ${log.name}, which is not there`,
          why: 'Firehose makes no log stream, so its errors are told to nobody',
          mend: deploy,
        }))),
  ];
}

function tableProblems(
  { table, found, optimizers, grants, principals }: TableFacts,
  contract: Contract,
  { stage, database, deliveries, analyst }: StageFacts,
  deploy: string,
): Problem[] {
  if (found === undefined) {
    return [
      {
        what: `there is no table ${database}.${table}`,
        why: 'its rows go to the error bucket',
        mend: deploy,
      },
    ];
  }
  if (!found.isIceberg) {
    return [
      {
        what: `${database}.${table} is no Iceberg table any more: somebody updated it without its metadata_location`,
        why: 'Athena and Firehose cannot use it',
        mend: `aws glue update-table with an older version's parameters: aws glue get-table-versions --database-name ${database} --table-name ${table}`,
      },
    ];
  }
  const missing = contract.fields.filter(({ name }) => !found.columns.includes(name)).map(({ name }) => name);
  const columns: Problem[] =
    missing.length === 0
      ? []
      : [
          {
            what: `${database}.${table} has no column ${missing.join(', ')}`,
            why: 'Firehose leaves out what a table has no column for, without a word',
            mend: `npm run migrate -- --stage ${stage}`,
          },
        ];
  const upkeep = optimizerTypes.flatMap((type): Problem[] => {
    const optimizer = optimizers[type];
    const why = 'files and snapshots pile up: queries slow down and storage is paid for';
    if (optimizer === undefined) return [{ what: `${table} has no ${type} optimizer`, why, mend: deploy }];
    if (!optimizer.enabled) {
      return [
        {
          what: `the ${type} optimizer of ${table} is off: four failures in a row do that`,
          why,
          mend: deploy,
        },
      ];
    }
    if (optimizer.lastFailure === undefined) return [];
    const what = `the ${type} optimizer of ${table} failed: ${optimizer.lastFailure}`;
    return [{ what, why, mend: `aws logs tail /aws-glue/iceberg-${type.replaceAll('_', '-')}/logs` }];
  });
  return [
    ...columns,
    ...upkeep,
    ...(analyst === undefined
      ? closedTo(principals, `${database}.${table}`, { Table: { DatabaseName: database, Name: table } })
      : grantProblems(contract, grants, { deliveries, analyst, database }, deploy)),
  ];
}
