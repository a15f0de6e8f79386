import { expect, test } from 'vitest';
import type { ScanFile } from '../../local/iceberg/types.ts';
import {
  type CompactionPolicy,
  compactionSteps,
  planCompaction,
} from '../../local/upkeep/plan-compaction.ts';

const policy: CompactionPolicy = {
  targetBytes: 1000,
  minFiles: 3,
  busyFiles: 5,
  busySince: 100,
  imbalanceMax: 10,
};

let number = 0;
function file(size: number, change: Partial<ScanFile> & { kind?: string } = {}): ScanFile {
  const { kind = 'a', ...rest } = change;
  number += 1;
  return {
    path: `/t/data/${number}.parquet`,
    fileFormat: 'PARQUET',
    recordCount: size,
    fileSizeInBytes: size,
    specId: 0,
    partition: [kind],
    sequenceNumber: 1,
    deletes: [],
    dataFile: {} as ScanFile['dataFile'],
    ...rest,
  };
}

const files = (count: number, size: number, change: Parameters<typeof file>[1] = {}): ScanFile[] =>
  Array.from({ length: count }, () => file(size, change));
const deletes = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    content: 'position-deletes' as const,
    path: `/t/data/d${i}.parquet`,
    equalityIds: [],
  }));
const sizes = (list: readonly ScanFile[], change: Partial<CompactionPolicy> = {}): number[][] =>
  planCompaction(list, { ...policy, ...change }).map((group) => group.map((one) => one.fileSizeInBytes));

test('few small files are left alone', () => {
  expect(sizes(files(2, 10))).toEqual([]);
});

test('enough small files become one, for each partition', () => {
  expect(sizes([...files(3, 10), ...files(4, 20, { kind: 'b' })])).toEqual([
    [10, 10, 10],
    [20, 20, 20, 20],
  ]);
});

test('files that are large enough stay as they are', () => {
  expect(sizes([...files(5, 750), ...files(2, 10)])).toEqual([]);
});

test('no group is larger than the target', () => {
  expect(sizes(files(5, 400))).toEqual([
    [400, 400],
    [400, 400],
  ]);
});

test('a giant is not rewritten for the sake of crumbs', () => {
  expect(sizes([...files(3, 10), file(700)])).toEqual([[10, 10, 10]]);
  expect(sizes([...files(3, 50), file(700)])).toEqual([[50, 50, 50, 700]]);
});

test('a partition that is being written waits for many files of one magnitude', () => {
  const busy = { sequenceNumber: 100 };
  expect(sizes([...files(4, 10, busy), ...files(4, 100, busy)])).toEqual([]);
  expect(sizes([...files(5, 10, busy), ...files(4, 100, busy)])).toEqual([[10, 10, 10, 10, 10]]);
});

test('files of two partition specs never meet', () => {
  expect(sizes([...files(2, 10), ...files(2, 10, { specId: 1 })])).toEqual([]);
});

test('a file with many deletes is rewritten, whatever its size, and those that share them', () => {
  const list = [file(900, { deletes: deletes(3) }), file(800, { deletes: deletes(1) }), file(900)];
  expect(sizes(list)).toEqual([[800], [900]]);
});

test('files that are no Parquet are left alone', () => {
  expect(sizes(files(3, 10, { fileFormat: 'ORC' }))).toEqual([]);
});

test('a step takes groups as long as they fit together', () => {
  const groups = [files(2, 300), files(2, 200), files(1, 900)];
  expect(compactionSteps(groups, 1000).map((step) => step.length)).toEqual([2, 1]);
});
