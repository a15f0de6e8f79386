/**
 * Where a table's files are: absolute paths here, `file://` URIs in metadata. Nothing is percent-encoded: the
 * Java, Python and JavaScript readers all take what follows the scheme as the path.
 */
import path from 'node:path';

export function toUri(absolutePath: string): string {
  return `file://${absolutePath}`;
}

/** Path of a location that we or another engine wrote: `file:///a`, `file:/a` (Hadoop) or a bare path. */
export function toPath(location: string): string {
  const local = location.replace(/^file:(\/\/(?=\/))?/, '');
  if (!path.isAbsolute(local)) {
    throw new Error(`the location "${location}" is not on this machine; expected file:///absolute/path`);
  }
  return local;
}

export function metadataDirectory(directory: string): string {
  return path.join(directory, 'metadata');
}

/** Directory of the Parquet files. */
export function dataDirectory(directory: string): string {
  return path.join(directory, 'data');
}

export function metadataFile(directory: string, version: number): string {
  return path.join(metadataDirectory(directory), `v${version}.metadata.json`);
}

export function versionHint(directory: string): string {
  return path.join(metadataDirectory(directory), 'version-hint.text');
}
