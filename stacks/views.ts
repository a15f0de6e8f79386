/**
 * The views of queries/views, in the catalog beside the tables: they hold nothing, so that the graph makes them anew
 * whenever their text or their tables' contracts change.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CloudView, cloudView, viewTable } from '../lake/cloud/views.ts';
import type { Contract } from '../lake/types.ts';
import type { Stage } from './stage.ts';
import { pascal, type Tables } from './tables.ts';

/** In the catalog, by name. */
export type Views = ReadonlyMap<string, aws.glue.CatalogTable>;

/** `after`: a migration, since Athena looks for a view's columns in its tables. */
export function athenaViews(
  { names, views }: Stage,
  { database }: Tables,
  after: readonly $util.Resource[],
): Views {
  return new Map(
    views.map((view) => {
      const { original, expanded, columns } = viewTable(view, names.database);
      const table = new aws.glue.CatalogTable(
        `${pascal(view.name)}View`,
        {
          name: view.name,
          databaseName: database.name,
          description: view.purpose,
          tableType: 'VIRTUAL_VIEW',
          parameters: { presto_view: 'true', comment: 'Presto View' },
          viewOriginalText: original,
          viewExpandedText: expanded,
          storageDescriptor: {
            columns,
            // The provider leaves out what is empty, and Athena misses it (terraform-provider-aws, issue 28517).
            serDeInfo: { name: '-', serializationLibrary: '-' },
          },
        },
        { dependsOn: [...after] },
      );
      return [view.name, table] as const;
    }),
  );
}

/** Throws a Fault for a file that could be no view in the catalog. */
export function readViews(contracts: readonly Contract[]): CloudView[] {
  const folder = path.join($cli.paths.root, 'queries/views');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => cloudView(file, readFileSync(path.join(folder, file), 'utf8'), contracts));
}
