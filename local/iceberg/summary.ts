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

/** Summary of a snapshot that puts files into the place of others, of which some may be delete files. */
export function replaceSummary(
  parent: Snapshot,
  added: readonly DataFile[],
  removed: readonly DataFile[],
): Snapshot['summary'] {
  const data = removed.filter(({ content }) => content === 'data');
  const positions = removed.filter(({ content }) => content === 'position-deletes');
  const equalities = removed.filter(({ content }) => content === 'equality-deletes');
  const records = (files: readonly DataFile[]) => sum(files, (file) => file.recordCount);
  const bytes = (files: readonly DataFile[]) => sum(files, (file) => file.fileSizeInBytes);
  const partitions = new Set(
    [...added, ...removed].map((file) => `${file.specId} ${partitionKey(file.partition)}`),
  );
  return {
    operation: 'replace',
    'added-data-files': String(added.length),
    'deleted-data-files': String(data.length),
    'added-records': String(records(added)),
    'deleted-records': String(records(data)),
    'added-files-size': String(bytes(added)),
    'removed-files-size': String(bytes(removed)),
    ...(removed.length > data.length && {
      'removed-delete-files': String(removed.length - data.length),
    }),
    ...(positions.length > 0 && {
      'removed-position-delete-files': String(positions.length),
      'removed-position-deletes': String(records(positions)),
    }),
    ...(equalities.length > 0 && {
      'removed-equality-delete-files': String(equalities.length),
      'removed-equality-deletes': String(records(equalities)),
    }),
    'changed-partition-count': String(partitions.size),
    ...total(parent, 'total-records', records(added) - records(data)),
    ...total(parent, 'total-files-size', bytes(added) - bytes(removed)),
    ...total(parent, 'total-data-files', added.length - data.length),
    ...total(parent, 'total-delete-files', data.length - removed.length),
    ...total(parent, 'total-position-deletes', -records(positions)),
    ...total(parent, 'total-equality-deletes', -records(equalities)),
  };
}

function total(parent: Snapshot | undefined, name: string, added: number): Record<string, string> {
  const before = parent === undefined ? '0' : parent.summary[name];
  return before === undefined ? {} : { [name]: String(BigInt(before) + BigInt(added)) };
}

function sum(files: readonly DataFile[], count: (file: DataFile) => number): number {
  return files.reduce((total, file) => total + count(file), 0);
}
