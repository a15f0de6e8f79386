/** A Glue table over JSON lines: what could not be delivered, and the archive of raw records. */
import { type JsonTable, projection } from '../lake/cloud/json-table.ts';

export function jsonTable(
  name: string,
  physical: string,
  description: string,
  table: JsonTable,
  database: aws.glue.CatalogDatabase,
  bucket: aws.s3.Bucket,
): aws.glue.CatalogTable {
  return new aws.glue.CatalogTable(name, {
    name: physical,
    description,
    databaseName: database.name,
    tableType: 'EXTERNAL_TABLE',
    parameters: bucket.bucket.apply((own) => projection(table, own)),
    partitionKeys: table.partitions.map((partition) => ({ name: partition.name, type: partition.type })),
    storageDescriptor: {
      location: $interpolate`s3://${bucket.bucket}/${table.prefix}/`,
      inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
      outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
      serDeInfo: {
        serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
        parameters: { 'ignore.malformed.json': 'true' },
      },
      columns: table.columns,
    },
  });
}
