/** Snapshot summaries (Iceberg spec, "Optional Snapshot Summary Fields"). All values are text. */
import { partitionKey } from './partition.ts';
import type { DataFile, Snapshot } from './types.ts';

type Summary = Snapshot['summary'];

/**
 * Summary of a snapshot that adds data files, position deletes or both. A total that the parent does not tell is
 * unknown from there on, and left out.
 */
export function deltaSummary(
  parent: Snapshot | undefined,
  { files, deletes }: { files: readonly DataFile[]; deletes: readonly DataFile[] },
  further: Readonly<Record<string, string>>,
): Summary {
  const all = [...files, ...deletes];
  const records = sum(files, (file) => file.recordCount);
  const deleted = sum(deletes, (file) => file.recordCount);
  const bytes = sum(all, (file) => file.fileSizeInBytes);
  const partitions = new Set(all.map((file) => `${file.specId} ${partitionKey(file.partition)}`));
  return {
    operation: deletes.length === 0 ? 'append' : files.length === 0 ? 'delete' : 'overwrite',
    'added-data-files': String(files.length),
    'added-records': String(records),
    ...(deletes.length > 0 && {
      'added-delete-files': String(deletes.length),
      'added-position-delete-files': String(deletes.length),
      'added-position-deletes': String(deleted),
    }),
    'added-files-size': String(bytes),
    'changed-partition-count': String(partitions.size),
    ...total(parent, 'total-records', records),
    ...total(parent, 'total-files-size', bytes),
    ...total(parent, 'total-data-files', files.length),
    ...total(parent, 'total-delete-files', deletes.length),
    ...total(parent, 'total-position-deletes', deleted),
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
