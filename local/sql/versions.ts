/** Which snapshot `FOR TIMESTAMP AS OF` and `FOR VERSION AS OF` mean. */
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { currentSchema, schemaById } from '../iceberg/metadata.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { SqlError } from './errors.ts';

/** A version of a table: as it was at a time (milliseconds since 1970), a snapshot, or a branch or tag. */
export type Version = { timestampMs: number } | { snapshotId: bigint } | { ref: string };

/** The snapshot of a version. Throws a SqlError if the table has none such (any more). */
export function findSnapshot(metadata: TableMetadata, version: Version, table: string): bigint {
  const known = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  if ('ref' in version) {
    const ref = metadata.refs[version.ref];
    if (ref !== undefined) return ref['snapshot-id'];
    const names = Object.keys(metadata.refs).join(', ') || 'none';
    throw absent(`${table} has no branch or tag '${version.ref}'; there are: ${names}`);
  }
  if ('snapshotId' in version) {
    if (known.includes(version.snapshotId)) return version.snapshotId;
    throw absent(
      `${table} has no snapshot ${version.snapshotId} (any more); see "${nameOf(table)}$snapshots"`,
    );
  }
  const entry = metadata['snapshot-log'].findLast((own) => own['timestamp-ms'] <= version.timestampMs);
  const id = entry?.['snapshot-id'];
  if (id !== undefined && known.includes(id)) return id;
  const time = new Date(version.timestampMs).toISOString();
  throw absent(`No version history table ${table} at or before ${time}; see "${nameOf(table)}$history"`);
}

/** The schema that a snapshot is read with: its own. */
export function schemaOfSnapshot(metadata: TableMetadata, snapshotId: bigint): IcebergSchema {
  const snapshot = metadata.snapshots.find((own) => own['snapshot-id'] === snapshotId);
  const id = snapshot?.['schema-id'];
  return id === undefined ? currentSchema(metadata) : schemaById(metadata, id);
}

/** Text that is equal for equal versions. */
export function versionKey(version: Version | undefined): string {
  return Object.values(version ?? {})
    .map(String)
    .join();
}

function nameOf(table: string): string {
  return table.slice(table.indexOf('.') + 1);
}

function absent(message: string): SqlError {
  return new SqlError('INVALID_VALUE', message);
}
