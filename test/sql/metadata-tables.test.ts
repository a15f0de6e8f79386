import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transformedText, valueText } from '../../local/sql/metadata/value-text.ts';
import { schemaOf, specOf, temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const home = temporaryHome();
let lake: IcebergLake;
let ids: bigint[];

const schema = schemaOf({
  id: 'int',
  event: 'string',
  timestamp: 'timestamp',
  price: 'decimal(10, 2)',
  score: 'double',
});
const row = (id: number, event: string, day: number) => ({
  id,
  event,
  timestamp: Date.UTC(2024, 0, day, 10) * 1000,
  price: `${id}.50`,
});

beforeAll(async () => {
  lake = await openIcebergLake(home);
  await lake.create('visit', schema, specOf(schema, ['event', 'identity'], ['timestamp', 'day']));
  await lake.create('empty', schema);
  await lake.append('visit', [row(1, 'view', 1), row(2, 'view', 2)]);
  const { metadata } = await lake.append('visit', [row(3, 'view', 2)]);
  ids = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
});
afterAll(() => lake.close());

describe('metadata tables', () => {
  it('"t$snapshots": what each commit did', async () => {
    const rows = await lake.query(
      `SELECT snapshot_id, parent_id, operation, summary['added-records'], manifest_list LIKE '%.avro', committed_at <= now()
       FROM "visit$snapshots" ORDER BY committed_at`,
    );
    expect(rows).toEqual([
      [String(ids[0]), null, 'append', '2', 'true', 'true'],
      [String(ids[1]), String(ids[0]), 'append', '1', 'true', 'true'],
    ]);
  });

  it('"t$history": which snapshots were current, and when', async () => {
    const rows = await lake.query(
      'SELECT snapshot_id, parent_id, is_current_ancestor FROM firn."visit$history" ORDER BY made_current_at',
    );
    expect(rows).toEqual([
      [String(ids[0]), null, 'true'],
      [String(ids[1]), String(ids[0]), 'true'],
    ]);
  });

  it('"t$refs": branches and tags', async () => {
    expect(await lake.query('SELECT * FROM "visit$refs"')).toEqual([
      ['main', 'BRANCH', String(ids[1]), null, null, null],
    ]);
  });

  it('"t$files": files with sizes, statistics and partition', async () => {
    const rows = await lake.query(
      `SELECT content, file_format, record_count, file_size_in_bytes > 100, value_counts[1], lower_bounds[3],
         upper_bounds[4], partition.event_identity, partition.timestamp_day
       FROM "visit$files" ORDER BY lower_bounds[1]`,
    );
    expect(rows).toEqual([
      ['0', 'PARQUET', '1', 'true', '1', '2024-01-01T10:00:00.000000', '1.50', 'view', '2024-01-01'],
      ['0', 'PARQUET', '1', 'true', '1', '2024-01-02T10:00:00.000000', '2.50', 'view', '2024-01-02'],
      ['0', 'PARQUET', '1', 'true', '1', '2024-01-02T10:00:00.000000', '3.50', 'view', '2024-01-02'],
    ]);
  });

  it('"t$partitions": rows, files and ranges of each', async () => {
    const rows = await lake.query(
      'SELECT partition, record_count, file_count, data.id, data.price FROM "visit$partitions" ORDER BY 1',
    );
    expect(rows).toEqual([
      [
        '{event_identity=view, timestamp_day=2024-01-01}',
        '1',
        '1',
        '{min=1, max=1, null_count=0, nan_count=null}',
        '{min=1.50, max=1.50, null_count=0, nan_count=null}',
      ],
      [
        '{event_identity=view, timestamp_day=2024-01-02}',
        '2',
        '2',
        '{min=2, max=3, null_count=0, nan_count=null}',
        '{min=2.50, max=3.50, null_count=0, nan_count=null}',
      ],
    ]);
  });

  it('"t$manifests": counts and ranges of partitions', async () => {
    const rows = await lake.query(
      'SELECT added_snapshot_id, added_data_files_count, added_rows_count, deleted_rows_count, partitions FROM "visit$manifests" ORDER BY added_rows_count',
    );
    expect(rows.map(([id, ...others]) => [ids.indexOf(BigInt(id!)), ...others])).toEqual([
      [
        1,
        '1',
        '1',
        '0',
        '[{contains_null=false, contains_nan=false, lower_bound=view, upper_bound=view}, {contains_null=false, contains_nan=false, lower_bound=2024-01-02, upper_bound=2024-01-02}]',
      ],
      [
        0,
        '2',
        '2',
        '0',
        '[{contains_null=false, contains_nan=false, lower_bound=view, upper_bound=view}, {contains_null=false, contains_nan=false, lower_bound=2024-01-01, upper_bound=2024-01-02}]',
      ],
    ]);
  });

  it.each(['snapshots', 'history', 'refs', 'files', 'partitions', 'manifests'])(
    '"t$%s" of a table without rows is empty',
    async (kind) => {
      expect(await lake.query(`SELECT * FROM "empty$${kind}"`)).toEqual([]);
    },
  );

  it('they join with each other and have Trino’s columns', async () => {
    const sql =
      'SELECT count(*) FROM "visit$history" h JOIN "visit$snapshots" s ON s.snapshot_id = h.snapshot_id';
    expect(await lake.query(sql)).toEqual([['2']]);
    expect(await lake.columns('SELECT * FROM "visit$manifests"')).toEqual([
      'path',
      'length',
      'partition_spec_id',
      'added_snapshot_id',
      'added_data_files_count',
      'added_rows_count',
      'existing_data_files_count',
      'existing_rows_count',
      'deleted_data_files_count',
      'deleted_rows_count',
      'partitions',
    ]);
  });

  it('other names with a dollar sign are no tables', async () => {
    await expect(lake.query('SELECT * FROM "visit$secrets"')).rejects.toThrow('does not exist');
    await expect(lake.query('SELECT * FROM "gone$files"')).rejects.toThrow('does not exist');
  });
});

it.each([
  ['date', -1, '1969-12-31'],
  ['timestamp', -1n, '1969-12-31T23:59:59.999999'],
  ['timestamptz', 0n, '1970-01-01T00:00:00.000000+00:00'],
  ['decimal(9, 2)', -5n, '-0.05'],
  ['decimal(9, 0)', 12n, '12'],
  ['binary', Uint8Array.of(1, 255), '01ff'],
  ['boolean', true, 'true'],
])('%s %s is shown as %s', (type, value, text) => {
  expect(valueText(type, value)).toBe(text);
});

it.each([
  ['year', -1, '1969'],
  ['month', -1, '1969-12'],
  ['month', 648, '2024-01'],
  ['hour', -1, '1969-12-31-23'],
  ['bucket[4]', 3, '3'],
])('a partition value of %s, %s, is shown as %s', (transform, value, text) => {
  expect(transformedText(transform, 'int', value)).toBe(text);
});
