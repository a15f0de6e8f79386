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

/** Throws a Fault for a stage whose name would not do for a bucket (lower case, at most 37 characters of prefix). */
export function cloudNames(app: string, stage: string): CloudNames {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage) || stage.endsWith('-')) {
    throw new Fault(
      `the stage "${stage}" cannot be deployed: its name must be at most 20 lower-case letters, digits and hyphens; say --stage <name>`,
    );
  }
  const base = `${app}-${stage}`;
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
