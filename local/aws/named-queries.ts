/** The queries that ship, as Athena's named queries; every workgroup has them. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  type NamedQuery,
  parseNamedQuery,
  parseView,
  queryFolders,
  type ViewDefinition,
} from '../../lake/queries.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Disk } from '../ports.ts';
import { invalid, optionalInteger, optionalText, requiredText, textList } from './input.ts';
import type { Input, Operations } from './json11.ts';

/**
 * Reads the `*.sql` of the folder and its `reports/`, sorted by name. Throws for a file whose header does not
 * parse, and for two of the same name.
 */
export async function loadNamedQueries(disk: Disk, directory: string): Promise<NamedQuery[]> {
  const found = await Promise.all(
    queryFolders.map((folder) => loadFolder(disk, path.join(directory, folder))),
  );
  const queries = found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
  const twice = queries.find(({ name }, i) => queries[i + 1]?.name === name);
  if (twice !== undefined) throw new Error(`queries/: ${twice.name}.sql is there twice; names must differ`);
  return queries;
}

async function loadFolder(disk: Disk, directory: string): Promise<NamedQuery[]> {
  const files = (await disk.list(directory)).filter((name) => name.endsWith('.sql'));
  return Promise.all(
    files.map(async (file) =>
      parseNamedQuery(file, (await disk.read(path.join(directory, file))).toString()),
    ),
  );
}

/** Reads the views that ship. Throws for a file that is not `CREATE OR REPLACE VIEW … AS SELECT …`. */
export async function loadViews(disk: Disk, directory: string): Promise<ViewDefinition[]> {
  const files = (await disk.list(directory)).filter((name) => name.endsWith('.sql'));
  return Promise.all(
    files.map(async (file) => parseView(file, (await disk.read(path.join(directory, file))).toString())),
  );
}

export function namedQueryOperations(queries: readonly NamedQuery[]): Operations {
  const byId = new Map(queries.map((query) => [namedQueryId(query.name), describe(query)]));
  const ids = [...byId.keys()];
  return {
    'AmazonAthena.ListNamedQueries': (input: Input) => {
      const max = optionalInteger(input, 'MaxResults', 0, 50) || 50;
      const from = Number(optionalText(input, 'NextToken', { max: 1024 }) ?? 0);
      if (!Number.isInteger(from) || from < 0)
        throw invalid('NextToken is not one that ListNamedQueries gave');
      const next = from + max < ids.length ? { NextToken: String(from + max) } : {};
      return { NamedQueryIds: ids.slice(from, from + max), ...next };
    },
    'AmazonAthena.GetNamedQuery': (input: Input) => {
      const id = requiredText(input, 'NamedQueryId');
      const query = byId.get(id);
      if (query === undefined) throw invalid(`NamedQuery ${id} was not found`);
      return { NamedQuery: query };
    },
    'AmazonAthena.BatchGetNamedQuery': (input: Input) => {
      const wanted = textList(input, 'NamedQueryIds', 50);
      return {
        NamedQueries: wanted.flatMap((id) => byId.get(id) ?? []),
        UnprocessedNamedQueryIds: wanted
          .filter((id) => !byId.has(id))
          .map((id) => ({
            NamedQueryId: id,
            ErrorCode: 'InvalidRequestException',
            ErrorMessage: 'not found',
          })),
      };
    },
  };
}

/** The same name has the same id in every home: a UUID (version 8) made of the name's hash. */
export function namedQueryId(name: string): string {
  const hex = createHash('sha256').update(`firn named query ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function describe({ name, purpose, sql }: NamedQuery): object {
  return {
    NamedQueryId: namedQueryId(name),
    Name: name,
    Description: purpose,
    Database: localDatabase,
    QueryString: sql,
    WorkGroup: localDatabase,
  };
}
