import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PostgreSQL } from 'dt-sql-parser';
import { expect, test } from 'vitest';
import { type RedshiftStatement, redshiftStatements } from '../../lake/cloud/redshift.ts';
import { contracts } from '../../schemas/index.ts';
import { root } from './render/platform.ts';

function files(folder: string): RedshiftStatement[] {
  const names = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.sql'));
  return names.map((name) => ({
    name: name.replace('.sql', ''),
    sql: readFileSync(path.join(root, folder, name), 'utf8'),
  }));
}

const statements = redshiftStatements(files('queries/redshift'), contracts.values(), {
  role: 'role',
  stream: 'stream',
  defaultTable: 'web_log',
  engineer: 'engineer',
});
// What only Redshift has (external schemas, AUTO REFRESH, users by role) no parser here knows.
const known = [...statements, ...files('queries/redshift/questions')].filter(
  ({ name }) => !/^[1289]-/.test(name),
);
const parser = new PostgreSQL();

test.each(known)('$name is SQL, in the dialect that Redshift comes from', ({ sql }) => {
  expect(parser.validate(`${sql};`).map(({ message }) => message)).toEqual([]);
});
