/** Upserts as delivery makes them, without delivery. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataDirectory } from '../../local/iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../../local/iceberg/metadata.ts';
import { commitRowDelta } from '../../local/iceberg/row-delta.ts';
import type { DataFile, ParquetWriter, Table } from '../../local/iceberg/types.ts';
import { ports } from './support.ts';

let attempts = 0;

/** Stages rows that replace those with equal columns `fieldIds`. `deletedRows`: lines that only delete. */
export async function stageUpsert(
  writer: ParquetWriter,
  table: Table,
  fieldIds: readonly number[],
  rows: readonly object[],
  deletedRows: readonly number[] = [],
): Promise<{ files: readonly DataFile[]; keysPath: string }> {
  attempts += 1;
  const ndjsonPath = path.join(table.directory, `upsert-${attempts}.ndjson`);
  writeFileSync(ndjsonPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const staged = await writer.stage({
    ndjsonPath,
    schema: currentSchema(table.metadata),
    spec: defaultSpec(table.metadata),
    sortOrder: defaultSortOrder(table.metadata),
    directory: dataDirectory(table.directory),
    filePrefix: `u${attempts}-`,
    maxPartitions: 100,
    upsert: { fieldIds, deletedRows },
  });
  if (!('files' in staged)) throw new Error('these rows touch too many partitions');
  return { files: staged.files, keysPath: staged.keysPath! };
}

/** Stages and commits; answers the table's next version. */
export async function upsertRows(
  writer: ParquetWriter,
  table: Table,
  fieldIds: readonly number[],
  rows: readonly object[],
): Promise<Table> {
  const { files, keysPath } = await stageUpsert(writer, table, fieldIds, rows);
  const filePrefix = `u${attempts}-deletes-`;
  const result = await commitRowDelta(ports, table, {
    files,
    deletes: (metadata) => writer.deletes({ table: { ...table, metadata }, keysPath, filePrefix }),
  });
  return result.table;
}
