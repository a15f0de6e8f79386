/**
 * `SHOW …` and `DESCRIBE`: parsed here, since DuckDB has statements of the same names and other meanings. Answers are
 * lines of text, in the words of Athena (Athena user guide, "DDL statements").
 */

import { glueType } from '../../lake/glue.ts';
import { isRestricted, type Role } from '../../lake/grants.ts';
import { fromIcebergTransform, type IcebergType, icebergType } from '../../lake/iceberg.ts';
import { trinoType } from '../../lake/trino.ts';
import { specById } from '../iceberg/metadata.ts';
import { SqlError } from './errors.ts';
import type { Metastore, Relation } from './metastore.ts';
import { isNamePattern, nameFilter } from './name-filter.ts';
import { noSuchTable } from './relations.ts';
import { isWord, type Token, tokenize } from './tokens.ts';

/** What a statement answers: names of columns, and lines. */
export interface Lines {
  columns: readonly string[];
  lines: string[];
}

export interface ShowContext {
  metastore: Metastore;
  role: Role;
  /** Where names without a database are looked up. */
  database: string;
  /** `event=visit/timestamp_day=2026-01-15`, for each partition of a table, as far as the role may see. */
  partitions(database: string, table: string): Promise<string[]>;
}

const expected = `expected SHOW DATABASES, SHOW TABLES [IN database] ['pattern'], SHOW VIEWS [IN database] [LIKE 'pattern'], SHOW COLUMNS IN table, SHOW CREATE TABLE table, SHOW CREATE VIEW view, SHOW PARTITIONS table, SHOW TBLPROPERTIES table, or DESCRIBE table`;

/** Answers a statement. Throws a SqlError for one that is not understood, or a table that is not there. */
export async function show(sql: string, context: ShowContext): Promise<Lines> {
  const words = new Words(sql);
  if (words.take('describe', 'desc')) {
    words.take('table');
    words.take('extended', 'formatted');
    return describe(await relationOf(words, context));
  }
  words.need('show');
  if (words.take('databases', 'schemas')) {
    const names = await context.metastore.databases(context.role);
    return { columns: ['database_name'], lines: names.filter(words.pattern()) };
  }
  if (words.take('tables')) return tables(words, context, () => true, 'tab_name');
  if (words.take('views')) return tables(words, context, ({ select }) => select !== undefined, 'views');
  if (words.take('columns')) {
    words.need('from', 'in');
    const { columns } = await relationOf(words, context, true);
    return { columns: ['field'], lines: columns.map(({ name }) => name) };
  }
  if (words.take('create')) {
    const kind = words.need('table', 'view');
    const relation = await relationOf(words, context);
    if ((relation.select === undefined) !== (kind === 'table')) {
      throw new SqlError(
        'SYNTAX_ERROR',
        `${relation.name} is no ${kind}: use SHOW CREATE ${kind === 'table' ? 'VIEW' : 'TABLE'}`,
      );
    }
    return { columns: ['createtab_stmt'], lines: createStatement(relation, isRestricted(context.role)) };
  }
  if (words.take('partitions')) {
    const { database, name, table } = await relationOf(words, context);
    if (table === undefined) throw new SqlError('SYNTAX_ERROR', `${name} is a view: it has no partitions`);
    return { columns: ['partition'], lines: await context.partitions(database, name) };
  }
  if (words.take('tblproperties')) {
    const { table } = await relationOf(words, context);
    // Another engine may keep anything in properties.
    const properties = isRestricted(context.role) ? {} : table?.metadata.properties;
    const lines = Object.entries(properties ?? {}).map(([key, value]) => `${key}\t${value}`);
    return { columns: ['prpt_name', 'prpt_value'], lines };
  }
  throw new SqlError('SYNTAX_ERROR', expected);
}

async function tables(
  words: Words,
  { metastore, role, database: fallback }: ShowContext,
  wanted: (relation: Relation) => boolean,
  column: string,
): Promise<Lines> {
  const database = words.take('in', 'from') ? words.name() : fallback;
  const matches = words.pattern();
  const lines: string[] = [];
  for (const name of (await metastore.names(database, role)).filter(matches)) {
    // One whose columns cannot be read here is a table all the same.
    const relation = await metastore.relation(database, name, role).catch(() => 'unreadable' as const);
    if (relation === 'unreadable' ? column === 'tab_name' : relation !== undefined && wanted(relation)) {
      lines.push(name);
    }
  }
  return { columns: [column], lines };
}

async function relationOf(
  words: Words,
  { metastore, role, database: fallback }: ShowContext,
  inside = false,
): Promise<Relation> {
  const first = words.name();
  const second = words.take('.') ? words.name() : undefined;
  const after = inside && second === undefined && words.take('from', 'in') ? words.name() : undefined;
  words.end();
  const database = after ?? (second === undefined ? fallback : first);
  const name = second ?? first;
  const relation = await metastore.relation(database, name, role);
  if (relation === undefined) throw noSuchTable(database, name, await metastore.names(database, role));
  return relation;
}

/** As Athena describes an Iceberg table; of a view, names and types only. */
function describe({ columns, table, select }: Relation): Lines {
  const names = ['col_name', 'data_type', 'comment'];
  if (table === undefined || select !== undefined) {
    return {
      columns: ['column', 'type'],
      lines: columns.map(({ name, type }) => `${name}\t${trinoType(type)}`),
    };
  }
  const own = columns.map(
    ({ name, type, doc = '' }) => `${name}\t${icebergSpelling(icebergType(type))}\t${oneLine(doc)}`,
  );
  return {
    columns: names,
    lines: [
      '# Table schema:\t\t',
      '# col_name\tdata_type\tcomment',
      ...own,
      '\t\t',
      '# Partition spec:\t\t',
      '# field_name\tfield_transform\tcolumn_name',
      ...partitionFields({ columns, table }).map(
        ({ name, transform, source }) => `${name}\t${transform}\t${source}`,
      ),
    ],
  };
}

/** Fields of the current spec whose columns may be seen. */
function partitionFields({ columns, table }: Pick<Relation, 'columns' | 'table'>) {
  const { metadata } = table!;
  return specById(metadata, metadata['default-spec-id']).fields.flatMap((field) => {
    const source = columns.find(({ id }) => id === field['source-id'])?.name;
    const transform = fromIcebergTransform(field.transform);
    return source === undefined || transform === 'void' ? [] : [{ name: field.name, transform, source }];
  });
}

/** Where the files are is told to those who may read them. */
function createStatement(relation: Relation, restricted: boolean): string[] {
  const { database, name, columns, table, select } = relation;
  if (table === undefined) return `CREATE VIEW ${database}.${name} AS\n${select ?? ''}`.split(/\r?\n/);
  const own = columns.map(({ name: column, type, doc }) => {
    const comment = doc === undefined ? '' : ` COMMENT '${oneLine(doc).replaceAll("'", "''")}'`;
    return `  ${column} ${glueType(type)}${comment}`;
  });
  const partition = partitionFields(relation).map(({ transform, source }) => {
    const [, kind, width] = /^(\w+)\[(\d+)\]$/.exec(transform) ?? [];
    if (transform === 'identity') return `\`${source}\``;
    return width === undefined ? `${transform}(\`${source}\`)` : `${kind}(${width}, \`${source}\`)`;
  });
  return [
    `CREATE TABLE ${database}.${name} (`,
    ...own.map((line, at) => (at < own.length - 1 ? `${line},` : `${line})`)),
    ...(partition.length > 0 ? [`PARTITIONED BY (${partition.join(', ')})`] : []),
    ...(restricted ? [] : [`LOCATION '${table.metadata.location}'`]),
    'TBLPROPERTIES (',
    "  'table_type'='iceberg',",
    "  'format'='parquet',",
    "  'write_compression'='zstd'",
    ')',
  ];
}

/** Iceberg's own spelling, in one line: `decimal(10, 2)`, `struct<a: int>`, `map<string, int>`. */
function icebergSpelling(type: IcebergType): string {
  if (typeof type === 'string') return type === 'long' ? 'bigint' : type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${icebergSpelling(field.type)}`).join(', ')}>`;
    case 'list':
      return `array<${icebergSpelling(type.element)}>`;
    case 'map':
      return `map<${icebergSpelling(type.key)}, ${icebergSpelling(type.value)}>`;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

/** The words of a statement, taken one after the other. */
class Words {
  readonly #tokens: Token[];
  #at = 0;

  constructor(sql: string) {
    this.#tokens = tokenize(sql.replaceAll('`', '"')).filter(
      ({ kind }) => kind !== 'comment' && kind !== 'space',
    );
    while (this.#tokens.at(-1)?.text === ';') this.#tokens.pop();
  }

  /** The next word if it is one of these. */
  take(...words: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !(isWord(token, ...words) || words.includes(token.text))) return undefined;
    this.#at++;
    return token.text.toLowerCase();
  }

  need(...words: string[]): string {
    const word = this.take(...words);
    if (word === undefined) throw new SqlError('SYNTAX_ERROR', expected);
    return word;
  }

  /** A name, in lower case as all names are. */
  name(): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'quoted') return token.text.slice(1, -1).replaceAll('""', '"').toLowerCase();
    if (token?.kind === 'word') return token.text.toLowerCase();
    throw new SqlError('SYNTAX_ERROR', expected);
  }

  /** `[LIKE] 'pattern'` at the end, where `*` is any text and `|` means or; without one, everything matches. */
  pattern(): (name: string) => boolean {
    this.take('like');
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'string') {
      this.end();
      return () => true;
    }
    this.#at++;
    this.end();
    const pattern = token.text.slice(1, -1).replaceAll("''", "'");
    if (isNamePattern(pattern)) return nameFilter(pattern);
    throw new SqlError(
      'SYNTAX_ERROR',
      `the pattern '${pattern}' has more than names, * for any text and | for or`,
    );
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw new SqlError('SYNTAX_ERROR', expected);
  }
}
