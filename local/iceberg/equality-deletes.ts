/**
 * Equality deletes, which other engines write (Iceberg spec, "Equality Delete Files"): a row is deleted where its
 * values of certain columns are those of a row in a delete file; null is like null. We only apply them.
 */
import { parquetScanSql, quoteName, quoteText } from '../../lake/duckdb.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import type { ScanDelete, ScanFile } from './types.ts';

/** Column that tells which data file a row is of, beside those of the table; no Avro name begins with a dollar sign. */
export const FILE_COLUMN = '$file';

/** The deletes of files that compare the same columns. */
interface Comparison {
  columns: readonly IcebergField[];
  /** Data file and delete file, both absolute paths. */
  pairs: readonly (readonly [string, string])[];
}

export function hasEqualityDeletes({ deletes }: ScanFile): boolean {
  return deletes.some(isEquality);
}

/**
 * How rows of files with equality deletes are read: `schema` with further columns where deletes compare some that it
 * lacks (they were dropped, or may not be seen), and `keep`, which makes SQL of those columns and `FILE_COLUMN` into
 * SQL of the columns of `schema`, without the deleted rows. `schemas`: all that the table ever had. Throws for deletes
 * by members of structs.
 */
export function equalityScan(
  files: readonly ScanFile[],
  schema: IcebergSchema,
  schemas: readonly IcebergSchema[],
): { schema: IcebergSchema; keep: (sql: string) => string } {
  const comparisons = comparisonsOf(files, schema, schemas);
  const compared = comparisons.flatMap(({ columns }) => columns);
  const further = compared.filter(
    ({ id }, i) =>
      !schema.fields.some((field) => field.id === id) && i === compared.findIndex((other) => other.id === id),
  );
  const columns = schema.fields.map(({ name }) => `rows.${quoteName(name)}`).join(', ');
  return {
    schema: { ...schema, fields: [...schema.fields, ...further] },
    keep: (sql) => `SELECT ${columns} FROM (${sql}) AS rows ${comparisons.map(antiJoin).join(' ')}`,
  };
}

function comparisonsOf(
  files: readonly ScanFile[],
  schema: IcebergSchema,
  schemas: readonly IcebergSchema[],
): Comparison[] {
  const byIds = new Map<string, { columns: IcebergField[]; pairs: (readonly [string, string])[] }>();
  for (const { path, deletes } of files) {
    for (const deletion of deletes.filter(isEquality)) {
      const key = deletion.equalityIds.join();
      const known = byIds.get(key);
      if (known) known.pairs.push([path, deletion.path]);
      else {
        const columns = deletion.equalityIds.map((id) => columnOf(id, schema, schemas, deletion));
        byIds.set(key, { columns, pairs: [[path, deletion.path]] });
      }
    }
  }
  return [...byIds.values()];
}

/** The column under its name of today; one that the schema lacks under a name that no column has. */
function columnOf(
  id: number,
  schema: IcebergSchema,
  schemas: readonly IcebergSchema[],
  { path }: ScanDelete,
): IcebergField {
  const own = schema.fields.find((field) => field.id === id);
  const former = schemas.flatMap(({ fields }) => fields).findLast((field) => field.id === id);
  const column = own ?? (former && { ...former, name: `$equal_${id}`, required: false });
  if (column !== undefined && typeof column.type === 'string') return column;
  throw new Error(`${path}: deletes rows by field ${id}, which is no column; only columns are compared here`);
}

function antiJoin({ columns, pairs }: Comparison, index: number): string {
  const name = `deleted_${index}`;
  const deletes = [...new Set(pairs.map(([, deletion]) => deletion))];
  const schema: IcebergSchema = { type: 'struct', 'schema-id': 0, fields: columns };
  const rows = parquetScanSql(deletes, schema, 'files.*, files.filename AS "$deletes"');
  const names = pairs.map(([file, deletion]) => `(${quoteText(file)}, ${quoteText(deletion)})`).join(', ');
  const same = [FILE_COLUMN, ...columns.map((column) => column.name)].map(
    (column) => `rows.${quoteName(column)} IS NOT DISTINCT FROM ${name}.${quoteName(column)}`,
  );
  return `ANTI JOIN (
    SELECT values.*, pairs.path AS ${quoteName(FILE_COLUMN)} FROM (${rows}) AS values
    JOIN (VALUES ${names}) AS pairs(path, deletes) ON values."$deletes" = pairs.deletes
  ) AS ${name} ON ${same.join(' AND ')}`;
}

function isEquality({ content }: ScanDelete): boolean {
  return content === 'equality-deletes';
}
