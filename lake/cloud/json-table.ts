/**
 * Files of JSON lines as a Glue table whose partitions are computed, not listed (Athena, "Partition projection"),
 * so that nothing has to crawl for new ones.
 */

export interface JsonTable {
  columns: { name: string; type: string; comment: string }[];
  partitions: { name: string; type: string; projection: Record<string, string> }[];
  /** Below the bucket, without a slash at either end: `delivery`, `raw`. */
  prefix: string;
}

/** Records that Firehose could not deliver. `rawdata` is base64 of the record: before the transform, or after it. */
export function errorTable(streams: readonly string[]): JsonTable {
  return {
    prefix: 'delivery',
    columns: [
      { name: 'attemptsmade', type: 'int', comment: 'How often it was tried' },
      { name: 'arrivaltimestamp', type: 'bigint', comment: 'When the record came, milliseconds since 1970' },
      { name: 'attemptendingtimestamp', type: 'bigint', comment: 'When the last attempt ended' },
      { name: 'errorcode', type: 'string', comment: 'Lambda.FunctionError, Iceberg.NoSuchTable, …' },
      { name: 'errormessage', type: 'string', comment: 'In words' },
      { name: 'rawdata', type: 'string', comment: 'The record, base64' },
      { name: 'lambdaarn', type: 'string', comment: 'The transform, where it failed' },
    ],
    partitions: [
      { name: 'stream', type: 'string', projection: { type: 'enum', values: streams.join(',') } },
      {
        name: 'type',
        type: 'string',
        projection: { type: 'enum', values: 'processing-failed,iceberg-failed' },
      },
      {
        name: 'day',
        type: 'string',
        projection: { type: 'date', format: 'yyyy-MM-dd', range: '2025-01-01,NOW' },
      },
    ],
  };
}

/** Every raw record, as functions/archive.ts writes them. */
export function archiveTable(): JsonTable {
  const number = (name: string, range: string, digits: string) => ({
    name,
    type: 'string',
    projection: { type: 'integer', range, digits },
  });
  return {
    prefix: 'raw',
    columns: [
      { name: 'id', type: 'string', comment: 'Shard and sequence number: the record, whatever the delivery' },
      { name: 'shard', type: 'string', comment: "The stream's shard" },
      { name: 'seq', type: 'string', comment: "The record's sequence number" },
      { name: 'at', type: 'bigint', comment: 'When it came, milliseconds since 1970' },
      { name: 'key', type: 'string', comment: 'Its partition key' },
      { name: 'data', type: 'string', comment: 'Its bytes, base64' },
    ],
    partitions: [
      number('year', '2025,2125', '4'),
      number('month', '1,12', '2'),
      number('day', '1,31', '2'),
      number('hour', '0,23', '2'),
    ],
  };
}

/** The table's parameters in Athena's words. */
export function projection(table: JsonTable, bucket: string): Record<string, string> {
  const rules = table.partitions.flatMap(({ name, projection: rule }) =>
    Object.entries(rule).map(([key, value]) => [`projection.${name}.${key}`, value]),
  );
  const template = table.partitions.map(({ name }) => `${name}=\${${name}}`).join('/');
  return {
    EXTERNAL: 'TRUE',
    'projection.enabled': 'true',
    ...Object.fromEntries(rules),
    'storage.location.template': `s3://${bucket}/${table.prefix}/${template}`,
  };
}
