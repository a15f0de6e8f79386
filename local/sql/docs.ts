/** The page of supported SQL, made from the table of functions; the tests run every example on it. */
import { type SqlFunction, sections } from './functions.ts';
import { statementExamples } from './statements.ts';

const statements = `# SQL

This page is made by \`npm run docs\`. Every example on it is a test: it gives the answer that is written here, which is the one that Trino documents.

The endpoint speaks Athena's SQL (engine version 3). What it cannot answer as Athena would, it refuses with the reason.

## Statements

| Statement | |
|---|---|
| \`SELECT …\` | with \`WITH\`, joins, set operations, windows, \`GROUPING SETS\`, \`UNNEST\`, \`TABLESAMPLE\`; \`?\` takes execution parameters |
| \`… FROM t FOR TIMESTAMP AS OF x\` | the table as it was at a time, with the columns that it had |
| \`… FROM t FOR VERSION AS OF x\` | a snapshot by its id, or a branch or tag by its name in quotes |
| \`EXPLAIN [ANALYZE] SELECT …\` | which tables are read, how many of their files, and by whose conditions those were chosen; with \`ANALYZE\` the query is run. Engineers see DuckDB's plan too. \`(FORMAT TEXT)\` alone |
| \`OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE …]\` | compacts small files now; the condition compares partition columns with constants |
| \`VACUUM t\` | expires old snapshots and deletes files that nobody refers to; those of snapshots that it expired follow when no query can be reading them |

Text is compared with text only, as in Trino: \`ts > '2024-01-01'\` is refused, \`ts > DATE '2024-01-01'\` is not.

What a statement shows depends on who asks: columns with personal data are not there for analysts, in none of the ways on this page.

## Views

The files in [queries/views/](../queries/views/) are views, named in queries like tables. The same files run in Athena. Their own conditions decide which files are read; those of the query around them do not.

## Metadata tables

They tell of the table as it is now, with Trino's columns.

| Table | A row for each |
|---|---|
| \`"t$snapshots"\` | snapshot: when, what was done, and its summary |
| \`"t$history"\` | time at which a snapshot became current |
| \`"t$refs"\` | branch or tag |
| \`"t$manifests"\` | manifest of the current snapshot |
| \`"t$files"\` | data or delete file of the current snapshot, with its statistics |
| \`"t$partitions"\` | partition: its rows, files, size and ranges |
`;

/** Statements that tell of tables, with what they answer. */
function statementSection(): string {
  const rows = statementExamples.map(({ form, sql, answer, note = '' }) => {
    const lines = answer.map((line) => code(line.replaceAll('\t', ' ⇥ ')));
    return `| ${[code(form), code(sql), lines.length === 0 ? '' : lines.join('<br>'), plain(note)].join(' | ')} |`;
  });
  return `## About tables\n\nThe table and the view of the examples are those that the first and the sixth show; ⇥ is a tab, or the end of a column.\n\n| | Example | Answer | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** The whole page, as Markdown. */
export function sqlPage(): string {
  const parts = Object.entries(sections).map(([title, entries]) => {
    const rows = entries.map((entry) => `| ${cells(entry).join(' | ')} |`);
    return `## ${title}\n\n| | Example | Answer | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return [statements, statementSection(), ...parts].join('\n');
}

/** Operators as they are written; the table has them as the parser calls them. */
const written: Readonly<Record<string, string>> = {
  '~~': 'LIKE',
  '!~~': 'NOT LIKE',
  like_escape: 'LIKE … ESCAPE',
  not_like_escape: 'NOT LIKE … ESCAPE',
};

function cells({ name, example, answer, note = '' }: SqlFunction): string[] {
  return [code(written[name] ?? name), code(example), answerText(answer), plain(note)];
}

function answerText(answer: SqlFunction['answer']): string {
  if (answer === null) return 'NULL';
  if (typeof answer === 'string') return answer === '' ? '(empty)' : code(answer);
  return `error: ${plain(answer.error.source.replaceAll('\\', ''))}`;
}

function code(text: string): string {
  const line = plain(text);
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}

/** In one line, and without ending the table's cell. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}
