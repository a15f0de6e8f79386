/** Properties of tables that clients may not set to just anything: other writers and readers go by them. */
import { badRequest } from './errors.ts';
import { checkLocation } from './locations.ts';

/** Properties that tell writers where to put files. */
const LOCATIONS = [
  'write.data.path',
  'write.metadata.path',
  'write.folder-storage.path',
  'write.object-storage.path',
];

/** Properties that our own commits and upkeep read as whole numbers. */
const NUMBERS = [
  'commit.manifest.min-count-to-merge',
  'commit.manifest.target-size-bytes',
  'history.expire.max-ref-age-ms',
  'history.expire.max-snapshot-age-ms',
  'history.expire.min-snapshots-to-keep',
  'write.metadata.previous-versions-max',
];

/**
 * Throws a RestError for properties that lead files out of the table's folder, ask for another version, or are no
 * numbers where numbers are read.
 */
export function checkProperties(properties: Readonly<Record<string, string>>, directory: string): void {
  for (const name of LOCATIONS) {
    if (properties[name] !== undefined) checkLocation(properties[name], directory, 'inside');
  }
  for (const name of NUMBERS) {
    const value = properties[name];
    if (value === undefined || /^\d{1,15}$/.test(value)) continue;
    throw badRequest(`${name} must be a whole number from 0, found "${value.slice(0, 50)}"`);
  }
  const version = properties['format-version'];
  if (version !== undefined && version !== '2') {
    throw badRequest(`format-version is ${version.slice(0, 20)}; tables here are of version 2`);
  }
}
