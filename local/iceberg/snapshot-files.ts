/**
 * The Avro files that one snapshot adds. Their names hold the snapshot's random id, so nobody else writes them;
 * they are remembered, so that those of lost attempts can be removed.
 */
import path from 'node:path';
import { metadataDirectory, toUri } from './location.ts';
import { writeManifest } from './manifest.ts';
import { writeManifestList } from './manifest-list.ts';
import { currentSchema, specById } from './metadata.ts';
import type { ManifestEntry, ManifestFile, Ports, Snapshot, TableMetadata } from './types.ts';

export class SnapshotFiles {
  readonly snapshotId: bigint;
  private readonly ports: Ports;
  private readonly directory: string;
  private readonly written = new Set<string>();

  /** `directory`: the table's. */
  constructor(ports: Ports, directory: string, snapshotId: bigint) {
    this.ports = ports;
    this.directory = metadataDirectory(directory);
    this.snapshotId = snapshotId;
  }

  /**
   * Writes a manifest of files of one partition spec, all data files or all delete files; `metadata` is the
   * table's before this snapshot.
   */
  async writeManifest(
    entries: readonly ManifestEntry[],
    metadata: TableMetadata,
    specId: number,
  ): Promise<ManifestFile> {
    const sequenceNumber = metadata['last-sequence-number'] + 1;
    const content = entries[0]?.dataFile.content === 'data' ? 'data' : 'deletes';
    const { bytes, partitions } = writeManifest(entries, {
      content,
      schema: currentSchema(metadata),
      schemas: metadata.schemas,
      spec: specById(metadata, specId),
      syncMarker: this.ports.random.bytes(16),
    });
    const of = (status: ManifestEntry['status']) => entries.filter((entry) => entry.status === status);
    const rows = (some: readonly ManifestEntry[]) =>
      some.reduce((sum, entry) => sum + entry.dataFile.recordCount, 0);
    return {
      manifestPath: toUri(await this.write(`${this.snapshotId}-m${this.written.size}.avro`, bytes)),
      manifestLength: bytes.length,
      partitionSpecId: specId,
      content,
      sequenceNumber,
      minSequenceNumber: Math.min(...entries.map((entry) => entry.sequenceNumber ?? sequenceNumber)),
      addedSnapshotId: this.snapshotId,
      addedFilesCount: of('added').length,
      existingFilesCount: of('existing').length,
      deletedFilesCount: of('deleted').length,
      addedRowsCount: rows(of('added')),
      existingRowsCount: rows(of('existing')),
      deletedRowsCount: rows(of('deleted')),
      partitions,
    };
  }

  /** Writes the manifest list and makes the directory durable, so that a commit may follow. Returns its path. */
  async writeManifestList(
    manifests: readonly ManifestFile[],
    parent: Snapshot | undefined,
    sequenceNumber: number,
  ): Promise<string> {
    const bytes = writeManifestList(
      manifests,
      {
        'snapshot-id': this.snapshotId,
        ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
        'sequence-number': sequenceNumber,
      },
      this.ports.random.bytes(16),
    );
    const file = await this.write(`snap-${this.snapshotId}-${this.written.size}.avro`, bytes);
    await this.ports.disk.syncDir(this.directory);
    return file;
  }

  /** Removes what was written beside `kept` (paths). Failing leaves garbage, which harms nobody. */
  async removeExcept(kept: ReadonlySet<string>): Promise<void> {
    for (const file of this.written) {
      if (!kept.has(file)) await this.ports.disk.remove(file).catch(() => undefined);
    }
  }

  private async write(name: string, bytes: Uint8Array): Promise<string> {
    const file = path.join(this.directory, name);
    this.written.add(file);
    await this.ports.disk.write(file, bytes);
    return file;
  }
}
