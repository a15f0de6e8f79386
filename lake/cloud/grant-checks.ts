/**
 * Whether grants in Lake Formation are as the contracts say: what the doctor finds wrong with them, and what mends it.
 * A deployment revokes no grant that it did not make, so that where somebody sees too much the command revokes.
 */
import { visibleColumns, visibleRows } from '../grants.ts';
import type { Contract } from '../types.ts';
import type { DeliveryFacts, Problem, TableFacts } from './checks.ts';

/** Lake Formation's name for "whoever IAM allows". */
export const everybody = 'IAM_ALLOWED_PRINCIPALS';

export interface GrantFacts {
  permissions: readonly string[];
  /** Undefined: all columns. */
  columns: readonly string[] | undefined;
  /** Of each grant to select, the predicate that its rows satisfy; undefined: it shows all rows. */
  rows: readonly (string | undefined)[];
}

export interface ViewFacts {
  view: string;
  isThere: boolean;
  /** By the contracts. */
  isForAnalysts: boolean;
  /** Principals that may select from it. */
  readers: readonly string[];
}

interface Where {
  deliveries: readonly DeliveryFacts[];
  analyst: string;
  database: string;
}

export function grantProblems(
  contract: Contract,
  grants: TableFacts['grants'],
  { deliveries, analyst, database }: Where,
  deploy: string,
): Problem[] {
  if (grants === undefined) return [];
  const { table } = contract;
  const resource = { Table: { DatabaseName: database, Name: table } };
  const problems: Problem[] = [];
  if (grants.has(everybody)) {
    problems.push({
      what: `${table} is granted to IAMAllowedPrincipals`,
      why: 'whoever IAM allows sees every column, personal data included, whatever else is granted',
      mend: change('revoke', everybody, 'ALL', resource),
    });
  }
  for (const { name, roleArn } of deliveries) {
    if (roleArn === undefined) continue;
    const lacking = ['SELECT', 'INSERT', 'DESCRIBE', 'ALTER'].filter(
      (permission) => !grants.get(roleArn)?.permissions.some((own) => own === permission || own === 'ALL'),
    );
    if (lacking.length > 0) {
      problems.push({
        what: `${name} is not granted ${lacking.join(', ')} on ${table}`,
        why: 'its rows go to the error bucket',
        mend: deploy,
      });
    }
  }
  return [...problems, ...analystProblems(analyst, database, contract, grants.get(analyst), deploy)];
}

/**
 * Where IAM alone is to decide, Lake Formation must let whom IAM allows pass, at the database and at each table.
 * `principals`: who is granted something; undefined: that cannot be seen.
 */
export function closedTo(
  principals: readonly string[] | undefined,
  name: string,
  resource: object,
): Problem[] {
  if (principals === undefined || principals.includes(everybody)) return [];
  return [
    {
      what: `${name} is closed to whom IAM alone allows, and the stage has governed: false`,
      why: 'Firehose, the functions and Athena get "Insufficient Lake Formation permission(s)"',
      mend: change('grant', everybody, 'ALL', resource),
    },
  ];
}

/**
 * Athena asks for the database `default`, whatever a query names (Athena user guide, "Considerations and limitations
 * for querying data registered with Lake Formation"). `principals`: who is granted something on it; undefined: there
 * is none. `people`: roles by what they are called.
 */
export function defaultDatabaseProblems(
  principals: readonly string[] | undefined,
  people: Readonly<Record<string, string>>,
): Problem[] {
  if (principals === undefined || principals.includes(everybody)) return [];
  return Object.entries(people)
    .filter(([, role]) => !principals.includes(role))
    .map(([name, role]) => ({
      what: `the ${name} may not see the database default`,
      why: 'Athena looks for it, whatever is asked, and answers "Required Describe on default"',
      mend: change('grant', role, 'DESCRIBE', { Database: { Name: 'default' } }),
    }));
}

export function viewProblems(
  { view, isThere, isForAnalysts, readers }: ViewFacts,
  database: string,
  analyst: string | undefined,
  deploy: string,
): Problem[] {
  if (!isThere) {
    return [{ what: `there is no view ${database}.${view}`, why: 'queries that name it fail', mend: deploy }];
  }
  if (analyst === undefined || readers.includes(analyst) === isForAnalysts) return [];
  if (isForAnalysts) {
    const what = `the analyst may not ask the view ${view}`;
    return [{ what, why: 'queries of analysts fail', mend: deploy }];
  }
  return [
    {
      what: `the analyst may ask the view ${view}, whose tables hide rows from analysts`,
      why: 'a filter of rows does not reach through a view',
      mend: change('revoke', analyst, 'SELECT', { Table: { DatabaseName: database, Name: view } }),
    },
  ];
}

function analystProblems(
  analyst: string,
  database: string,
  contract: Contract,
  grant: GrantFacts | undefined,
  deploy: string,
): Problem[] {
  const { table } = contract;
  const wanted = visibleColumns(contract, 'analyst').map(({ name }) => name);
  if (grant === undefined) {
    return [{ what: `the analyst sees nothing of ${table}`, why: 'queries of analysts fail', mend: deploy }];
  }
  const seen = grant.columns;
  const shown = contract.fields
    .map(({ name }) => name)
    .filter((name) => !wanted.includes(name) && (seen === undefined || seen.includes(name)));
  const revoke = (columns: object) =>
    `${change('revoke', analyst, 'SELECT', { TableWithColumns: { DatabaseName: database, Name: table, ...columns } })}, then ${deploy.replace('deploy', 'refresh')}, then ${deploy}`;
  if (shown.length > 0) {
    return [
      {
        what: `the analyst sees ${shown.join(', ')} of ${table}`,
        why: 'these are personal data',
        mend: revoke(seen === undefined ? { ColumnWildcard: {} } : { ColumnNames: shown }),
      },
    ];
  }
  const rows = rowProblem(contract, grant.rows);
  if (rows !== undefined) {
    const all = seen === undefined ? { ColumnWildcard: {} } : { ColumnNames: seen };
    return [{ ...rows, mend: grant.rows.includes(undefined) ? revoke(all) : deploy }];
  }
  const hidden = wanted.filter((name) => seen !== undefined && !seen.includes(name));
  if (hidden.length === 0) return [];
  const what = `the analyst does not see ${hidden.join(', ')} of ${table}`;
  return [{ what, why: 'queries of analysts fail', mend: deploy }];
}

/** What is wrong with the rows that an analyst sees, by the contract's filter. */
function rowProblem(
  contract: Contract,
  filters: GrantFacts['rows'],
): Pick<Problem, 'what' | 'why'> | undefined {
  const { table } = contract;
  const wanted = visibleRows(contract, 'analyst', ({ column }) => column);
  const others = filters.filter((filter) => filter !== wanted);
  if (others.length === 0) return undefined;
  const why = 'a filter of rows is the contract\'s: "row-filter"';
  if (wanted === undefined) return { what: `the analyst sees only rows of ${table} where ${others[0]}`, why };
  const instead = others.includes(undefined) ? 'all rows' : `rows where ${others[0]}`;
  return { what: `the analyst sees ${instead} of ${table}, not only those where ${wanted}`, why };
}

function change(verb: 'grant' | 'revoke', principal: string, permission: string, resource: object): string {
  return `aws lakeformation ${verb}-permissions --principal DataLakePrincipalIdentifier=${principal} --permissions ${permission} --resource '${JSON.stringify(resource)}'`;
}
