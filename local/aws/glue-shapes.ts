/** Tables in the shapes of the Glue Data Catalog, as Athena and Firehose expect Iceberg tables there. */
import { viewTable } from '../../lake/cloud/views.ts';
import { glueType } from '../../lake/glue.ts';
import { metadataFile, toUri } from '../iceberg/location.ts';
import type { Table } from '../iceberg/types.ts';
import type { Relation } from '../sql/metastore.ts';

/** `Parameters`. Whoever does not see all columns is not told where the table's metadata is: it tells of all. */
export function tableParameters({ table, comment }: Relation, restricted: boolean): Record<string, string> {
  const own: Record<string, string> = comment === '' ? {} : { comment };
  if (table === undefined) return { ...own, presto_view: 'true' };
  if (restricted) return { ...own, table_type: 'ICEBERG' };
  const previous = table.metadata['metadata-log'].at(-1)?.['metadata-file'];
  return {
    ...own,
    EXTERNAL: 'TRUE',
    table_type: 'ICEBERG',
    metadata_location: metadataUri(table),
    ...(previous !== undefined && { previous_metadata_location: previous }),
  };
}

/** `Table` of GetTable and GetTables; `catalogId`: the account. */
export function glueTable(relation: Relation, catalogId: string, restricted: boolean): object {
  const { database, name, comment, columns, table, select } = relation;
  const updated = table && { UpdateTime: Math.floor(table.metadata['last-updated-ms'] / 1000) };
  const created = table && { CreateTime: Math.floor(createdMs(table) / 1000) };
  return {
    Name: name,
    DatabaseName: database,
    CatalogId: catalogId,
    ...(comment !== '' && { Description: comment.slice(0, 2048) }),
    Owner: 'firn',
    ...created,
    ...updated,
    Retention: 0,
    TableType: table === undefined ? 'VIRTUAL_VIEW' : 'EXTERNAL_TABLE',
    StorageDescriptor: {
      Columns: columns.map(({ id, name: Name, type, required, doc }) => ({
        Name,
        Type: glueType(type),
        ...(doc !== undefined && { Comment: doc.slice(0, 255) }),
        ...(table !== undefined && {
          Parameters: {
            'iceberg.field.current': 'true',
            'iceberg.field.id': String(id),
            'iceberg.field.optional': String(!required),
          },
        }),
      })),
      ...(table !== undefined && !restricted && { Location: table.metadata.location }),
      Compressed: false,
      NumberOfBuckets: 0,
      SortColumns: [],
      StoredAsSubDirectories: false,
    },
    PartitionKeys: [],
    ...(select !== undefined && viewTexts(viewTable({ select, columns }, database))),
    Parameters: tableParameters(relation, restricted),
    ...(table !== undefined && { VersionId: String(table.version) }),
    IsRegisteredWithLakeFormation: true,
  };
}

/** A view's definition, as Athena keeps it. */
function viewTexts({ original, expanded }: { original: string; expanded: string }): object {
  return { ViewOriginalText: original, ViewExpandedText: expanded };
}

function metadataUri({ directory, version }: Table): string {
  return toUri(metadataFile(directory, version));
}

/** The oldest that the table remembers of itself. */
function createdMs({ metadata }: Table): number {
  const times = [metadata['metadata-log'], metadata['snapshot-log']].flatMap((log) =>
    log.slice(0, 1).map((entry) => entry['timestamp-ms']),
  );
  return Math.min(metadata['last-updated-ms'], ...times);
}
