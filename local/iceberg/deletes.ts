/** Which delete files apply to which data files (Iceberg spec, "Scan Planning"). */
import { toPath } from './location.ts';
import { specById } from './metadata.ts';
import { partitionKey } from './partition.ts';
import type { ManifestEntry, ScanDelete, TableMetadata } from './types.ts';

export class DeleteIndex {
  private readonly metadata: TableMetadata;
  /** By partition; those of an unpartitioned spec's equality deletes under `GLOBAL`. */
  private readonly byPartition = new Map<string, ManifestEntry[]>();

  constructor(metadata: TableMetadata) {
    this.metadata = metadata;
  }

  add(entries: readonly ManifestEntry[]): void {
    for (const entry of entries) {
      const { content, specId } = entry.dataFile;
      const isGlobal = content === 'equality-deletes' && specById(this.metadata, specId).fields.length === 0;
      const key = isGlobal ? GLOBAL : keyOf(entry);
      const others = this.byPartition.get(key);
      if (others) others.push(entry);
      else this.byPartition.set(key, [entry]);
    }
  }

  /** The deletes that apply to a data file. */
  of(data: ManifestEntry): ScanDelete[] {
    if (this.byPartition.size === 0) return [];
    const candidates = [
      ...(this.byPartition.get(keyOf(data)) ?? []),
      ...(this.byPartition.get(GLOBAL) ?? []),
    ];
    return candidates.filter((entry) => applies(entry, data)).map(scanDelete);
  }
}

const GLOBAL = 'global';

function keyOf({ dataFile }: ManifestEntry): string {
  return `${dataFile.specId} ${partitionKey(dataFile.partition)}`;
}

/** Position deletes also hit data of their own commit; equality deletes only what was there before. */
function applies({ dataFile, sequenceNumber }: ManifestEntry, data: ManifestEntry): boolean {
  const deleted = sequenceNumber ?? 0;
  const written = data.sequenceNumber ?? 0;
  if (dataFile.content === 'equality-deletes') return written < deleted;
  const { referencedDataFile } = dataFile;
  return (
    written <= deleted && (referencedDataFile === undefined || referencedDataFile === data.dataFile.filePath)
  );
}

function scanDelete({ dataFile }: ManifestEntry): ScanDelete {
  return {
    content: dataFile.content === 'equality-deletes' ? 'equality-deletes' : 'position-deletes',
    path: toPath(dataFile.filePath),
    equalityIds: dataFile.equalityIds ?? [],
  };
}
