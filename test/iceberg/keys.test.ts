import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { ParquetWriter } from '../../local/iceberg/types.ts';
import { readTable } from '../helpers/read-table.ts';
import { ports, schemaOf, specOf, temporaryHome, unsorted } from './support.ts';
import { upsertRows } from './upserts.ts';

const home = temporaryHome();
let writer: ParquetWriter;
beforeAll(async () => {
  writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
});
afterAll(() => writer.close());

const micros = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;
const long = 'a key of more than sixteen characters, whose bounds are cut: \u{1F40B}';

/** Three different keys of a type, as staged rows spell them; and a transform to partition by. */
const cases: [string, string, unknown[]][] = [
  ['boolean', 'identity', [true, false]],
  ['int', 'truncate[10]', [-7, 0, 41]],
  ['int', 'bucket[3]', [-2147483648, 0, 2147483647]],
  ['long', 'identity', ['-9223372036854775808', 0, '9223372036854775807']],
  ['long', 'bucket[3]', [1, 2, 3]],
  ['decimal(38, 2)', 'identity', ['-999999999999999999999999999999999999.99', '0.00', '12.34']],
  ['decimal(9, 2)', 'bucket[3]', ['-1.05', '0.00', '12.34']],
  ['decimal(9, 2)', 'truncate[50]', ['-1.05', '0.00', '12.34']],
  ['string', 'identity', ['', long, `${long}!`]],
  ['string', 'truncate[3]', ['', 'äöü-1', 'äöü-2']],
  ['string', 'bucket[3]', ['', long, 'x']],
  ['binary', 'identity', ['', 'AAEC', '/////w==']],
  ['binary', 'truncate[2]', ['', 'AAEC', 'AAED']],
  ['binary', 'bucket[3]', ['', 'AAEC', 'AAED']],
  ['date', 'identity', ['1969-12-31', '2026-01-02', '9999-12-31']],
  ['date', 'month', ['1969-12-31', '2026-01-02', '2026-01-03']],
  ['timestamp', 'identity', [micros, micros + 1, -1]],
  ['timestamp', 'day', [micros, micros + 1, -1]],
  ['timestamp', 'bucket[3]', [micros, micros + 1, -1]],
  ['timestamptz', 'hour', [micros, micros + 1, -1]],
  ['timestamptz', 'year', [micros, micros + 1, -1]],
  ['string', 'void', ['a', 'b', 'c']],
];

let tables = 0;

test.each(cases)('rows are replaced by keys of type %s, partitioned by %s', async (type, transform, keys) => {
  const schema = schemaOf({ key: type, value: 'int' });
  const spec = specOf(schema, ['key', transform]);
  tables += 1;
  let table = await createTable(ports, path.join(home, `t${tables}`), {
    schema,
    spec,
    sortOrder: unsorted,
    properties: {},
  });
  const valued = (value: number) => keys.map((key) => ({ key, value }));
  for (const rows of [valued(1), valued(2), valued(3).slice(1, 2)]) {
    table = await upsertRows(writer, table, [1], rows);
  }
  const values = (await readTable(table.directory)).map(({ value }) => Number(value)).sort();
  expect(values).toEqual([...keys.map(() => 2), 3].slice(1));
});
