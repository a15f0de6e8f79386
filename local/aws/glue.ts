/** Glue's Data Catalog, read only (AWS Glue API reference, "Catalog API"). Tables change by SQL or the REST catalog. */
import { isRestricted } from '../../lake/grants.ts';
import type { Metastore } from '../sql/metastore.ts';
import { forReaders, withInvalidInput } from './access.ts';
import type { Caller } from './caller.ts';
import { glueTable } from './glue-shapes.ts';
import { namePattern, requiredText } from './input.ts';
import { ApiError, type Input, type Operation, type Operations } from './json11.ts';
import { pageOf } from './paging.ts';

/** `account`: the id of the catalog. `location`: the URI of the folder that holds the databases' folders. */
export function glueOperations(metastore: Metastore, account: string, location: string): Operations {
  const database = (Name: string, { role }: Caller): object => ({
    Name,
    CatalogId: account,
    ...(!isRestricted(role) && { LocationUri: `${location}/${Name}` }),
    // Without default permissions, grants alone decide, and not IAM beside them.
    CreateTableDefaultPermissions: [],
  });

  async function knownDatabase(input: Input, member: string, { role }: Caller): Promise<string> {
    const name = requiredText(input, member, { max: 255 }).toLowerCase();
    if ((await metastore.databases(role)).includes(name)) return name;
    throw notFound(`Database ${name} not found.`);
  }

  const getTable: Operation = async (input, caller) => {
    const owner = await knownDatabase(input, 'DatabaseName', caller);
    const name = requiredText(input, 'Name', { max: 255 }).toLowerCase();
    const relation = await metastore.relation(owner, name, caller.role);
    if (relation === undefined) throw notFound(`Table ${name} not found.`);
    return { Table: glueTable(relation, account, isRestricted(caller.role)) };
  };

  const operations: Record<string, Operation> = {
    'AWSGlue.GetDatabases': async (input, caller) => {
      const { items, next } = pageOf(await metastore.databases(caller.role), (name) => name, input, 100);
      return { DatabaseList: items.map((name) => database(name, caller)), ...next };
    },
    'AWSGlue.GetDatabase': async (input, caller) => ({
      Database: database(await knownDatabase(input, 'Name', caller), caller),
    }),
    'AWSGlue.GetTables': async (input, caller) => {
      const owner = await knownDatabase(input, 'DatabaseName', caller);
      const matches = namePattern(input, 'Expression', 2048);
      const all = (await metastore.relations(owner, caller.role)).filter(({ name }) => matches(name));
      const { items, next } = pageOf(all, ({ name }) => name, input, 100);
      const restricted = isRestricted(caller.role);
      return { TableList: items.map((own) => glueTable(own, account, restricted)), ...next };
    },
    'AWSGlue.GetTable': getTable,
    /** Glue knows no partitions of an Iceberg table: they are in its manifests (`"t$partitions"` in SQL). */
    'AWSGlue.GetPartitions': async (input, caller) => {
      await getTable({ ...input, Name: requiredText(input, 'TableName', { max: 255 }) }, caller);
      return { Partitions: [] };
    },
  };
  return forReaders(
    Object.fromEntries(Object.entries(operations).map(([name, own]) => [name, withInvalidInput(own)])),
  );
}

function notFound(message: string): ApiError {
  return new ApiError('EntityNotFoundException', message);
}
