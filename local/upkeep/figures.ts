/** What a table consists of, what upkeep did last, and what is due. Reads only. */
import type { Settings } from '../../lake/settings.ts';
import { loadManifestList } from '../iceberg/cache.ts';
import { currentSnapshot } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import type { Table } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import { entriesOf } from './expire.ts';
import { planCompaction } from './plan-compaction.ts';
import { planExpiry } from './plan-expiry.ts';
import { compactionPolicy, expiryPolicy } from './policies.ts';
import { type UpkeepRecord, upkeepRecord } from './record.ts';

export interface TableFigures {
  /** Rows of data files less the positions of delete files; equality deletes are not counted. */
  rows: number;
  files: number;
  bytes: number;
  /** Median size of a data file. */
  medianBytes: number;
  deleteFiles: number;
  manifests: number;
  snapshots: number;
  oldestSnapshotMs: number | undefined;
  last: UpkeepRecord;
  /** Files that upkeep would make into fewer, and snapshots that it would expire. */
  due: { filesIn: number; filesOut: number; snapshots: number };
}

export async function tableFigures(
  disk: Disk,
  table: Table,
  settings: Settings,
  nowMs: number,
): Promise<TableFigures> {
  const { metadata } = table;
  const snapshot = currentSnapshot(metadata);
  const manifests = snapshot === undefined ? [] : await loadManifestList(disk, snapshot);
  const { files } = await planScan(disk, table);
  let deleteFiles = 0;
  let deletedRows = 0;
  for (const manifest of manifests.filter(({ content }) => content === 'deletes')) {
    for (const { status, dataFile } of await entriesOf(disk, manifest, metadata)) {
      if (status === 'deleted') continue;
      deleteFiles += 1;
      if (dataFile.content === 'position-deletes') deletedRows += dataFile.recordCount;
    }
  }
  const sizes = files.map(({ fileSizeInBytes }) => fileSizeInBytes).sort((a, b) => a - b);
  const groups = planCompaction(files, compactionPolicy(settings, metadata, nowMs));
  return {
    rows: sum(files.map(({ recordCount }) => recordCount)) - deletedRows,
    files: files.length,
    bytes: sum(sizes),
    medianBytes: sizes[Math.floor(sizes.length / 2)] ?? 0,
    deleteFiles,
    manifests: manifests.length,
    snapshots: metadata.snapshots.length,
    oldestSnapshotMs: metadata.snapshots[0]?.['timestamp-ms'],
    last: upkeepRecord(metadata),
    due: {
      filesIn: groups.flat().length,
      filesOut: groups.length,
      snapshots: planExpiry(metadata, expiryPolicy(settings), nowMs).snapshots.length,
    },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
