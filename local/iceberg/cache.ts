/**
 * Manifests and manifest lists never change once written, so what was parsed is kept, up to a bound. One cache
 * per disk: in a test, another disk has other files under the same names.
 */
import type { IcebergPartitionSpec } from '../../lake/iceberg.ts';
import type { Disk } from '../ports.ts';
import { toPath } from './location.ts';
import { readManifest } from './manifest.ts';
import { readManifestList } from './manifest-list.ts';
import type { ManifestEntry, ManifestFile, Snapshot } from './types.ts';

/** Entries kept: about 6 KiB each for a table of ten columns. */
const MANIFEST_ENTRIES_MAX = 20_000;
const LIST_ENTRIES_MAX = 20_000;

/** Least recently used values go first once their weights together exceed `weightMax`. */
class BoundedCache<V extends { length: number }> {
  private readonly weightMax: number;
  private readonly values = new Map<string, V>();
  private weight = 0;

  constructor(weightMax: number) {
    this.weightMax = weightMax;
  }

  get(key: string): V | undefined {
    const value = this.values.get(key);
    if (value !== undefined) {
      this.values.delete(key);
      this.values.set(key, value);
    }
    return value;
  }

  set(key: string, value: V): void {
    this.weight += value.length - (this.values.get(key)?.length ?? 0);
    this.values.delete(key);
    this.values.set(key, value);
    for (const [oldest, { length }] of this.values) {
      if (this.weight <= this.weightMax) break;
      this.values.delete(oldest);
      this.weight -= length;
    }
  }
}

interface Caches {
  manifests: BoundedCache<readonly ManifestEntry[]>;
  lists: BoundedCache<readonly ManifestFile[]>;
}

const cachesByDisk = new WeakMap<Disk, Caches>();

function cachesOf(disk: Disk): Caches {
  let caches = cachesByDisk.get(disk);
  if (caches === undefined) {
    caches = {
      manifests: new BoundedCache(MANIFEST_ENTRIES_MAX),
      lists: new BoundedCache(LIST_ENTRIES_MAX),
    };
    cachesByDisk.set(disk, caches);
  }
  return caches;
}

/** The manifests of a snapshot. */
export async function loadManifestList(disk: Disk, snapshot: Snapshot): Promise<readonly ManifestFile[]> {
  const { lists } = cachesOf(disk);
  const path = toPath(snapshot['manifest-list']);
  const cached = lists.get(path);
  if (cached) return cached;
  const manifests = readManifestList(await disk.read(path), path);
  lists.set(path, manifests);
  return manifests;
}

/** Keeps a list that was just written: the next commit needs it. */
export function rememberManifestList(disk: Disk, path: string, manifests: readonly ManifestFile[]): void {
  cachesOf(disk).lists.set(path, manifests);
}

/** All entries of a manifest, deleted ones included. */
export async function loadManifest(
  disk: Disk,
  file: ManifestFile,
  spec: IcebergPartitionSpec,
): Promise<readonly ManifestEntry[]> {
  const { manifests } = cachesOf(disk);
  const path = toPath(file.manifestPath);
  const cached = manifests.get(path);
  if (cached) return cached;
  const entries = readManifest(await disk.read(path), file, spec);
  manifests.set(path, entries);
  return entries;
}
