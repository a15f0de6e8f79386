/** Snapshot summaries (Iceberg spec, "Optional Snapshot Summary Fields"). All values are text. */
import { partitionKey } from './partition.ts';
import type { DataFile, Snapshot } from './types.ts';

type Summary = Snapshot['summary'];

/** Summary of an append. A total that the parent does not tell is unknown from there on, and left out. */
export function appendSummary(
  parent: Snapshot | undefined,
  files: readonly DataFile[],
  further: Readonly<Record<string, string>>,
): Summary {
  const records = sum(files, (file) => file.recordCount);
  const bytes = sum(files, (file) => file.fileSizeInBytes);
  const partitions = new Set(files.map((file) => `${file.specId} ${partitionKey(file.partition)}`));
  return {
    operation: 'append',
    'added-data-files': String(files.length),
    'added-records': String(records),
    'added-files-size': String(bytes),
    'changed-partition-count': String(partitions.size),
    ...total(parent, 'total-records', records),
    ...total(parent, 'total-files-size', bytes),
    ...total(parent, 'total-data-files', files.length),
    ...total(parent, 'total-delete-files', 0),
    ...total(parent, 'total-position-deletes', 0),
    ...total(parent, 'total-equality-deletes', 0),
    ...further,
  };
}

function total(parent: Snapshot | undefined, name: string, added: number): Record<string, string> {
  const before = parent === undefined ? '0' : parent.summary[name];
  return before === undefined ? {} : { [name]: String(BigInt(before) + BigInt(added)) };
}

function sum(files: readonly DataFile[], count: (file: DataFile) => number): number {
  return files.reduce((total, file) => total + count(file), 0);
}
