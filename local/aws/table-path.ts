/** Which table a location belongs to. */
import { localDatabase } from '../../lake/settings.ts';
import { toPath } from '../iceberg/location.ts';

/**
 * A finder of the database's table whose files lie at a location: a file URI or path below `warehouse` (absolute
 * path), or an S3 URI or ARN, where a bucket stands for the warehouse. Undefined for any other place.
 */
export function tableFinder(warehouse: string): (location: string) => string | undefined {
  return (location) => {
    const below =
      /^(?:arn:aws:s3:::|s3:\/\/)[^/]+\/(.*)$/s.exec(location)?.[1] ?? belowFolder(location, warehouse);
    const [database, table] = below?.split('/') ?? [];
    return database === localDatabase && table !== '' ? table : undefined;
  };
}

function belowFolder(location: string, folder: string): string | undefined {
  if (!/^(file:\/)?\//.test(location)) return undefined;
  const path = toPath(location);
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}
