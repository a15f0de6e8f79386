/** Where a client may put files: in its table's folder, since SQL and upkeep look nowhere else. */
import path from 'node:path';
import { toPath } from '../iceberg/location.ts';
import { badRequest } from './errors.ts';

/**
 * Throws a 400 unless the location is the folder (`at`), or within it. A slash at the end is as good as none.
 * `directory`: absolute path.
 */
export function checkLocation(location: string, directory: string, where: 'at' | 'inside' = 'at'): void {
  const found = pathOf(location);
  const isRight = where === 'at' ? found === directory : found?.startsWith(`${directory}${path.sep}`);
  if (isRight === true) return;
  const expected = where === 'at' ? 'leave it out, or say' : 'expected a file below';
  throw badRequest(
    `the location "${location.slice(0, 500)}" is not where this catalog keeps the table: ${expected} file://${directory}`,
  );
}

/** The path that a location stands for, without `..` and the like; undefined if it is on no disk of ours. */
function pathOf(location: string): string | undefined {
  try {
    return path.resolve(toPath(location));
  } catch {
    return undefined;
  }
}
