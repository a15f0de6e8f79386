/** Athena's view of the catalog: data catalogs, databases, tables. */

import { glueType } from '../../lake/glue.ts';
import { isRestricted } from '../../lake/grants.ts';
import type { Metastore, Relation } from '../sql/metastore.ts';
import { tableParameters } from './glue-shapes.ts';
import { namePattern, requiredText } from './input.ts';
import { ApiError, type Input, type Operations } from './json11.ts';
import { pageOf } from './paging.ts';

const catalogName = 'AwsDataCatalog';

export function metadataOperations(metastore: Metastore): Operations {
  return {
    'AmazonAthena.ListDataCatalogs': (input) => {
      const { items, next } = pageOf(
        [{ CatalogName: catalogName, Type: 'GLUE' }],
        () => catalogName,
        input,
        50,
      );
      return { DataCatalogsSummary: items, ...next };
    },
    'AmazonAthena.GetDataCatalog': (input) => {
      checkCatalog(input, 'Name');
      return { DataCatalog: { Name: catalogName, Type: 'GLUE', Description: 'The tables on this machine' } };
    },
    'AmazonAthena.ListDatabases': async (input, { role }) => {
      checkCatalog(input);
      const { items, next } = pageOf(await metastore.databases(role), (name) => name, input, 50);
      return { DatabaseList: items.map((Name) => ({ Name })), ...next };
    },
    'AmazonAthena.GetDatabase': async (input, { role }) => {
      checkCatalog(input);
      return { Database: { Name: await knownDatabase(metastore, input, role) } };
    },
    'AmazonAthena.ListTableMetadata': async (input, { role }) => {
      checkCatalog(input);
      const database = await knownDatabase(metastore, input, role);
      const matches = namePattern(input, 'Expression', 256);
      const all = (await metastore.relations(database, role)).filter(({ name }) => matches(name));
      const { items, next } = pageOf(all, ({ name }) => name, input, 50);
      return { TableMetadataList: items.map((own) => describeTable(own, isRestricted(role))), ...next };
    },
    'AmazonAthena.GetTableMetadata': async (input, { role }) => {
      checkCatalog(input);
      const database = await knownDatabase(metastore, input, role);
      const name = requiredText(input, 'TableName').toLowerCase();
      const relation = await metastore.relation(database, name, role);
      if (relation === undefined) throw missing(`Table ${name} is not found in the database ${database}`);
      return { TableMetadata: describeTable(relation, isRestricted(role)) };
    },
  };
}

function checkCatalog(input: Input, member = 'CatalogName'): void {
  const name = requiredText(input, member, { max: 256 });
  if (name.toLowerCase() === catalogName.toLowerCase()) return;
  throw missing(`Catalog ${name} is not found; the only one is ${catalogName}`);
}

async function knownDatabase(
  metastore: Metastore,
  input: Input,
  role: Parameters<Metastore['databases']>[0],
): Promise<string> {
  const name = requiredText(input, 'DatabaseName').toLowerCase();
  const known = await metastore.databases(role);
  if (known.includes(name)) return name;
  throw missing(`Database ${name} is not found; there are ${known.join(', ')}`);
}

function missing(message: string): ApiError {
  return new ApiError('MetadataException', message);
}

/** `TableMetadata`. Without a hint at the files for those who may not read them. */
function describeTable(relation: Relation, restricted: boolean): object {
  const { name, columns, table } = relation;
  return {
    Name: name,
    ...(table !== undefined && { CreateTime: Math.floor(table.metadata['last-updated-ms'] / 1000) }),
    TableType: table === undefined ? 'VIRTUAL_VIEW' : 'EXTERNAL_TABLE',
    Columns: columns.map(({ name: Name, type, doc }) => ({
      Name,
      Type: glueType(type),
      ...(doc !== undefined && { Comment: doc.slice(0, 255) }),
    })),
    PartitionKeys: [],
    Parameters: tableParameters(relation, restricted),
  };
}
