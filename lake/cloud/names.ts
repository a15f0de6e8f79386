/**
 * What things are called in an account. Names that are unique in one account and region hold app and stage; those
 * of buckets and roles, which are shared by more, begin with a prefix that AWS completes.
 */
import { Fault } from '../errors.ts';

export interface CloudNames {
  /** `firn-dev`: of everything that is unique in one account and region. */
  base: string;
  /** `firn_dev`: Glue and Firehose allow no hyphen in the name of a database. */
  database: string;
  stream: string;
  delivery: string;
  upserts: string;
  direct: string;
  directUpserts: string;
  workgroup: string;
  analystWorkgroup: string;
  pageWorkgroup: string;
  /** Catalogued beside the tables: what Firehose could not deliver, and the archive of raw records. */
  errorTable: string;
  archiveTable: string;
}

/** Characters of app and stage together: AWS completes a bucket's prefix of 37, of which ours take 11 at most. */
const baseCharacters = 26;

/** Throws a Fault for an app and a stage whose names would not do for a bucket. */
export function cloudNames(app: string, stage: string): CloudNames {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage) || stage.endsWith('-')) {
    throw new Fault(
      `the stage "${stage}" cannot be deployed: its name must be at most 20 lower-case letters, digits and hyphens; say --stage <name>`,
    );
  }
  const base = `${app}-${stage}`;
  if (base.length > baseCharacters) {
    throw new Fault(
      `the stage "${stage}" of the app "${app}" cannot be deployed: names of buckets begin with both, which may have ${baseCharacters - 1} characters together; say --stage with a shorter name, or rename the app in sst.config.ts`,
    );
  }
  return {
    base,
    database: base.replaceAll('-', '_'),
    stream: `${base}-events`,
    delivery: `${base}-delivery`,
    upserts: `${base}-upserts`,
    direct: `${base}-direct`,
    directUpserts: `${base}-direct-upserts`,
    workgroup: base,
    analystWorkgroup: `${base}-analyst`,
    pageWorkgroup: `${base}-page`,
    errorTable: 'delivery_errors',
    archiveTable: 'raw_records',
  };
}

/** Of a role's name: AWS completes 38 characters at most. */
export function rolePrefix(base: string, name: string): string {
  return `${`${base}-${name.toLowerCase()}`.slice(0, 37)}-`;
}

/**
 * The catalog has one list of names. Throws a Fault for a table of a contract or a view whose name something else has
 * there, or which Glue would not take.
 */
export function checkCatalogNames(
  { errorTable, archiveTable }: CloudNames,
  tables: readonly string[],
  views: readonly string[],
): void {
  const taken = new Map([
    [errorTable, 'what could not be delivered'],
    [archiveTable, 'the archive of raw records'],
  ]);
  for (const table of tables) {
    if (!taken.has(table)) continue;
    throw new Fault(
      `schemas/${table}.avsc: in an account ${table} is ${taken.get(table)}; name it otherwise`,
    );
  }
  for (const view of views) {
    const other = tables.includes(view) ? 'a table' : taken.get(view);
    if (other !== undefined) {
      throw new Fault(`queries/views/${view}.sql: in an account ${view} is ${other}; name it otherwise`);
    }
    if (view !== view.toLowerCase()) {
      throw new Fault(`queries/views/${view}.sql: names in an account's catalog are in lower case`);
    }
  }
}
