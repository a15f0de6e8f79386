/** The tables of the reports' tests: rows from NDJSON files, with the columns that an analyst may see. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { duckdbType, quoteName, quoteText } from '../../lake/duckdb.ts';
import { visibleColumns } from '../../lake/grants.ts';
import { icebergType } from '../../lake/iceberg.ts';
import { contracts } from '../../schemas/index.ts';
import { openTestLake, type TestLake, type TestTable } from '../sql/lake.ts';

export const storyFolder = fileURLToPath(new URL('./', import.meta.url));

/** `tables`: each has a file `<table>.ndjson` in the folder; one that has none is empty. */
export function openReportLake(tables: readonly string[], folder = storyFolder): Promise<TestLake> {
  return openTestLake(Object.fromEntries(tables.map((table) => [table, readTable(table, folder)])));
}

/** Columns that a line leaves out are null; an event without `received_at` arrived a second after it happened. */
function readTable(table: string, folder: string): TestTable {
  const fields = visibleColumns(contracts.get(table)!, 'analyst');
  const types = fields.map(({ name, type }) => `${quoteText(name)}: ${quoteText(duckdbType(type))}`);
  const file = path.join(folder, `${table}.ndjson`);
  const empty = fields.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteName(name)}`);
  const source = existsSync(file)
    ? `read_json(${quoteText(file)}, format = 'newline_delimited', columns = {${types.join(', ')}})`
    : `(SELECT ${empty.join(', ')} WHERE false)`;
  const selected = fields.map(({ name }) => {
    if (name !== 'received_at' || !fields.some((field) => field.name === 'timestamp')) return quoteName(name);
    return 'coalesce(received_at, "timestamp" + INTERVAL 1 SECOND) AS received_at';
  });
  return {
    columns: Object.fromEntries(fields.map(({ name, type }) => [name, icebergType(type)])),
    rows: `SELECT ${selected.join(', ')} FROM ${source}`,
  };
}
