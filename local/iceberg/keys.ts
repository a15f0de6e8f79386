/** The keys of an upsert: which data files may hold rows with them. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText, transformExpression } from '../../lake/duckdb.ts';
import {
  fromIcebergTransform,
  fromIcebergType,
  type IcebergField,
  type IcebergPartitionSpec,
  type IcebergSchema,
} from '../../lake/iceberg.ts';
import type { Disk } from '../ports.ts';
import { toValue } from './duckdb-values.ts';
import { currentSchema, specById } from './metadata.ts';
import { groupBySpec, partitionKey } from './partition.ts';
import { planScan } from './scan.ts';
import type { Predicate, ScanFile, Table, Value } from './types.ts';

export interface Keys {
  /** The identifier columns, named by their ids. */
  schema: IcebergSchema;
  /** The live data files that may hold rows with these keys. */
  files(disk: Disk): Promise<ScanFile[]>;
}

/** A key's column in the table `keys`, and in scans for it: field ids outlive names. */
export function keyColumn(id: number): string {
  return quoteName(String(id));
}

/** Loads the keys of a file that `stage` wrote into the table `keys`. */
export async function loadKeys(connection: DuckDBConnection, keysPath: string, table: Table): Promise<Keys> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE keys AS SELECT * FROM read_parquet(${quoteText(keysPath)})`,
  );
  const reader = await connection.runAndReadAll('SELECT * FROM keys LIMIT 0');
  const schema = currentSchema(table.metadata);
  const fields = reader.columnNames().map((id) => {
    const field = schema.fields.find((candidate) => String(candidate.id) === id);
    if (field === undefined) {
      throw new Error(`${table.directory}: rows are told apart by column ${id}, which is gone`);
    }
    return field;
  });
  return {
    schema: { ...schema, fields: fields.map((field) => ({ ...field, name: String(field.id) })) },
    files: (disk) => filesWithKeys(connection, disk, table, fields),
  };
}

/** Files that the range of each column leaves, then those of the keys' partitions. */
async function filesWithKeys(
  connection: DuckDBConnection,
  disk: Disk,
  table: Table,
  fields: readonly IcebergField[],
): Promise<ScanFile[]> {
  const predicates = await ranges(connection, fields);
  const { files } = await planScan(disk, table, { predicates });
  const foreign = files.find(({ fileFormat }) => fileFormat !== 'PARQUET');
  if (foreign !== undefined) {
    throw new Error(
      `${foreign.path}: rows are to be replaced, but only Parquet files can be searched for them`,
    );
  }
  const kept: ScanFile[] = [];
  for (const [specId, group] of groupBySpec(files, (file) => file.specId)) {
    const tuples = await partitionsOf(connection, specById(table.metadata, specId), fields);
    kept.push(...group.filter(({ partition }) => tuples?.has(partitionKey(partition)) ?? true));
  }
  return kept;
}

async function ranges(connection: DuckDBConnection, fields: readonly IcebergField[]): Promise<Predicate[]> {
  const columns = fields.flatMap(({ id }) => [`min(${keyColumn(id)})`, `max(${keyColumn(id)})`]);
  const reader = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM keys`);
  const bounds = reader.getRows()[0]!.map((value) => toValue(value) as Value);
  return fields.flatMap(({ name }, i): Predicate[] => [
    { column: name, op: '>=', values: [bounds[2 * i]!] },
    { column: name, op: '<=', values: [bounds[2 * i + 1]!] },
  ]);
}

/** The partitions of a spec that the keys lie in; undefined where keys do not tell, as with a former spec. */
async function partitionsOf(
  connection: DuckDBConnection,
  spec: IcebergPartitionSpec,
  fields: readonly IcebergField[],
): Promise<Set<string> | undefined> {
  const values: string[] = [];
  for (const field of spec.fields) {
    const source = fields.find(({ id }) => id === field['source-id']);
    if (source === undefined) return undefined;
    const transform = fromIcebergTransform(field.transform);
    values.push(transformExpression(transform, fromIcebergType(source.type), keyColumn(source.id)));
  }
  if (values.length === 0) return undefined;
  const reader = await connection.runAndReadAll(`SELECT DISTINCT ${values.join(', ')} FROM keys`);
  return new Set(reader.getRows().map((row) => partitionKey(row.map(toValue))));
}
