import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { decodeDataFile, encodeDataFile } from '../../local/iceberg/data-file.ts';
import type { DataFile } from '../../local/iceberg/types.ts';

test('a data file survives JSON: bigint, bytes, NaN, infinities, negative zero, nulls', () => {
  const file: DataFile = {
    content: 'data',
    filePath: 'file:///a/é.parquet',
    fileFormat: 'PARQUET',
    specId: 0,
    partition: ['a', 9007199254740993n, Buffer.from([0, 255]), null, Number.NaN, -Infinity, -0, true],
    recordCount: 3,
    fileSizeInBytes: 100,
    columnSizes: new Map([[1, 5]]),
    valueCounts: new Map(),
    lowerBounds: new Map([[2, Buffer.from('x')]]),
    keyMetadata: Buffer.from([1]),
    splitOffsets: [4, 90],
    equalityIds: [1],
    sortOrderId: 1,
  };
  expect(decodeDataFile(JSON.parse(JSON.stringify(encodeDataFile(file))))).toStrictEqual(file);
});
