/** Snapshots and branches that clients send, as far as the metadata alone can tell whether they fit. Pure. */
import type { MetadataUpdate } from '../iceberg/metadata-updates.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../iceberg/types.ts';
import { badRequest, commitFailed } from './errors.ts';
import {
  idAt,
  integerAt,
  type Json,
  objectAt,
  optionalIdAt,
  optionalIntegerAt,
  textAt,
  textMapAt,
} from './fields.ts';
import { checkLocation } from './locations.ts';

const OPERATIONS: readonly string[] = ['append', 'replace', 'overwrite', 'delete'];

/** Throws a 409 where another commit has taken the snapshot's place in the sequence. */
export function readSnapshot(json: Json, metadata: TableMetadata, directory: string): Snapshot {
  const id = idAt(json, 'snapshot-id');
  if (metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === id)) {
    throw badRequest(`the table has a snapshot ${id} already`);
  }
  const next = metadata['last-sequence-number'] + 1;
  const number = integerAt(json, 'sequence-number', 1);
  const parent = optionalIdAt(json, 'parent-snapshot-id');
  // Without a parent, it replaces the table: whether that is right, the branch that it goes to tells.
  if (number < next && parent !== undefined) {
    throw commitFailed(`the snapshot has sequence number ${number}, which another commit has by now`);
  }
  if (number > next) throw badRequest(`the snapshot has sequence number ${number}; expected ${next}`);
  const list = textAt(json, 'manifest-list');
  checkLocation(list, directory, 'inside');
  const schemaId = optionalIntegerAt(json, 'schema-id');
  if (schemaId !== undefined && !metadata.schemas.some((schema) => schema['schema-id'] === schemaId)) {
    throw badRequest(`the snapshot has the schema ${schemaId}, which the table has not`);
  }
  return {
    'snapshot-id': id,
    ...(parent !== undefined && { 'parent-snapshot-id': parent }),
    'sequence-number': number,
    'timestamp-ms': integerAt(json, 'timestamp-ms', 1),
    'manifest-list': list,
    summary: readSummary(json),
    ...(schemaId !== undefined && { 'schema-id': schemaId }),
  };
}

function readSummary(json: Json): Snapshot['summary'] {
  objectAt(json, 'summary');
  const summary = textMapAt(json, 'summary');
  if (!OPERATIONS.includes(summary.operation ?? '')) {
    throw badRequest(`the summary's operation must be one of ${OPERATIONS.join(', ')}`);
  }
  // Delivery knows by these that a table has a round: another's snapshot must never say so.
  const own = Object.keys(summary).find((name) => name.startsWith('firn.'));
  if (own !== undefined) throw badRequest(`the summary's ${own} is set by delivery and by nobody else`);
  return summary as Snapshot['summary'];
}

type NamedRef = Omit<Extract<MetadataUpdate, { action: 'set-snapshot-ref' }>, 'action'>;

export function readSnapshotRef(json: Json): NamedRef {
  const name = textAt(json, 'ref-name');
  const type = textAt(json, 'type');
  if (type !== 'branch' && type !== 'tag') throw badRequest('the type of a ref must be branch or tag');
  if (name === 'main' && type === 'tag') throw badRequest('main is a branch');
  const retention = ['min-snapshots-to-keep', 'max-snapshot-age-ms', 'max-ref-age-ms'] as const;
  const kept = retention
    .map((member) => [member, optionalIntegerAt(json, member, 1)] as const)
    .filter(([, value]) => value !== undefined);
  return { 'ref-name': name, 'snapshot-id': idAt(json, 'snapshot-id'), type, ...Object.fromEntries(kept) };
}

/**
 * A new snapshot that becomes `main` must stand on what `main` is now, or the rows that others committed meanwhile
 * would be lost. Clients assert the same by `assert-ref-snapshot-id`; here it holds for those too that do not.
 * Going back to an older snapshot is a rollback, and is allowed. Throws a 409.
 */
export function checkNewMain(metadata: TableMetadata, ref: SnapshotRef, added: ReadonlySet<bigint>): void {
  const main = metadata['current-snapshot-id'];
  let id: bigint | undefined = ref['snapshot-id'];
  while (id !== undefined && id !== main && added.has(id)) id = parentOf(metadata, id);
  const isNew = added.has(ref['snapshot-id']);
  if (!isNew || (id ?? null) === main) return;
  throw commitFailed(
    `snapshot ${ref['snapshot-id']} was made on ${id ?? 'an empty table'}, but main is at ${main ?? 'no snapshot'} by now`,
  );
}

function parentOf(metadata: TableMetadata, id: bigint): bigint | undefined {
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id)?.['parent-snapshot-id'];
}
