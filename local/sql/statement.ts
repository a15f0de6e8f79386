/** What a statement is, by its first words, and what Athena calls it. */

export type StatementKind =
  | 'SELECT'
  | 'EXPLAIN'
  | 'OPTIMIZE'
  | 'VACUUM'
  | 'SHOW'
  | 'DESCRIBE'
  | 'PREPARE'
  | 'EXECUTE'
  | 'DEALLOCATE';

const kinds: Readonly<Record<string, StatementKind>> = {
  explain: 'EXPLAIN',
  optimize: 'OPTIMIZE',
  vacuum: 'VACUUM',
  show: 'SHOW',
  describe: 'DESCRIBE',
  desc: 'DESCRIBE',
  prepare: 'PREPARE',
  execute: 'EXECUTE',
  deallocate: 'DEALLOCATE',
};

/** Everything that begins with another word is taken for a query, and refused when it is parsed if it is none. */
export function statementKind(sql: string): StatementKind {
  return kinds[firstWords(sql)[0]?.toLowerCase() ?? ''] ?? 'SELECT';
}

/** Whether a statement answers in lines of text, without column names before them. */
export function isUtility(sql: string): boolean {
  return ['SHOW', 'DESCRIBE', 'EXPLAIN'].includes(statementKind(sql));
}

/** `StatementType` and `SubstatementType` of Athena's API. */
export function athenaStatement(sql: string): { type: 'DML' | 'DDL' | 'UTILITY'; subtype: string } {
  const kind = statementKind(sql);
  const [, second = '', third = ''] = firstWords(sql).map((word) => word.toUpperCase());
  switch (kind) {
    case 'SHOW':
      return { type: 'UTILITY', subtype: second === 'CREATE' ? `SHOW_CREATE_${third}` : `SHOW_${second}` };
    case 'DESCRIBE':
      return { type: 'UTILITY', subtype: 'DESCRIBE_TABLE' };
    case 'EXPLAIN':
      return { type: 'UTILITY', subtype: 'EXPLAIN' };
    case 'PREPARE':
    case 'DEALLOCATE':
      return { type: 'DDL', subtype: kind };
    default:
      return { type: 'DML', subtype: kind };
  }
}

function firstWords(sql: string): string[] {
  const text = sql.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/, '');
  return text.match(/^\w+(?:\s+\w+){0,2}/)?.[0].split(/\s+/) ?? [];
}
