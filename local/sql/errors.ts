/**
 * Why a query did not give rows, in Athena's terms: `category` and `type` become `AthenaError` (Athena user
 * guide, "Athena error catalog": 1 system, 2 user, 3 other).
 */
export type SqlErrorCode =
  /** The text does not parse, or means something that the local engine refuses. */
  | 'SYNTAX_ERROR'
  | 'NOT_SUPPORTED'
  | 'TABLE_NOT_FOUND'
  /** There is none, or the caller may not see it: the two are not told apart. */
  | 'COLUMN_NOT_FOUND'
  | 'TYPE_MISMATCH'
  | 'NOT_FOUND'
  | 'ACCESS_DENIED'
  | 'FUNCTION_NOT_FOUND'
  /** The statement is fine, a value is not: division by zero, a cast that fails. */
  | 'INVALID_VALUE'
  | 'TIME_LIMIT'
  | 'MEMORY_LIMIT'
  | 'CANCELLED'
  | 'INTERNAL';

const athenaErrorTypes: Record<SqlErrorCode, { category: 1 | 2 | 3; type: number }> = {
  SYNTAX_ERROR: { category: 2, type: 1006 },
  NOT_SUPPORTED: { category: 2, type: 1000 },
  TABLE_NOT_FOUND: { category: 2, type: 1304 },
  COLUMN_NOT_FOUND: { category: 2, type: 1006 },
  TYPE_MISMATCH: { category: 2, type: 1006 },
  NOT_FOUND: { category: 2, type: 1006 },
  ACCESS_DENIED: { category: 2, type: 1301 },
  FUNCTION_NOT_FOUND: { category: 2, type: 1006 },
  INVALID_VALUE: { category: 2, type: 1200 },
  TIME_LIMIT: { category: 2, type: 233 },
  MEMORY_LIMIT: { category: 1, type: 200 },
  CANCELLED: { category: 3, type: 1 },
  INTERNAL: { category: 1, type: 0 },
};

export class SqlError extends Error {
  override name = 'SqlError';
  readonly code: SqlErrorCode;

  /** `message` says what was found, what is expected and, where known, how to write it. */
  constructor(code: SqlErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get athena(): { category: 1 | 2 | 3; type: number } {
    return athenaErrorTypes[this.code];
  }
}

/** How DuckDB says that there is no such column. */
const missingColumn =
  /^(?:Referenced column|Table "[^"]*" does not have a column named|Column) "([^"]*)"(?: not found in FROM clause!| does not exist|\s)/;
const mismatch =
  /^Cannot (?:compare values of type|mix values of type) (\w[\w() ]*?) and (?:type )?(\w[\w() ]*?)(?: in .*)? - an explicit cast is required/;

/** DuckDB's own errors, sorted by their prefix and put in a reader's words. */
export function fromDuckDb(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const own = /Could not convert string 'firn: ([\s\S]*)' to BOOL/.exec(message)?.[1];
  if (own !== undefined) return new SqlError('INVALID_VALUE', own);
  const [prefix = '', ...rest] = message.split(': ');
  const text = (rest.join(': ') || message).split('\n\nLINE ')[0] ?? message;
  if (prefix.startsWith('INTERRUPT')) return new SqlError('CANCELLED', 'Query was cancelled');
  if (prefix.startsWith('Out of Memory')) {
    const [first = ''] = text.split('\n');
    return new SqlError('MEMORY_LIMIT', `Query exceeded the memory limit: ${first}`);
  }
  const column = missingColumn.exec(text)?.[1];
  if (column !== undefined) {
    const near = /Candidate bindings:[\s:]*(.*)/.exec(text)?.[1] ?? '';
    return new SqlError(
      'COLUMN_NOT_FOUND',
      `Column '${column}' cannot be resolved or requester is not authorized to access requested resources${near === '' ? '' : `; near it: ${near}`}`,
    );
  }
  const [, left = '', right = ''] = mismatch.exec(text) ?? [];
  if (left !== '') {
    const [other, literal] = left === 'VARCHAR' ? [right, 'text'] : [left, `${left.toLowerCase()} '…'`];
    return new SqlError(
      'TYPE_MISMATCH',
      `Cannot apply operator: ${left.toLowerCase()} with ${right.toLowerCase()}; write a literal of the other's type (${literal}), or CAST one to ${other.toLowerCase()}`,
    );
  }
  if (/^(Parser|Binder|Catalog) Error/.test(prefix)) return new SqlError('SYNTAX_ERROR', text);
  if (/^(Conversion|Invalid Input|Out of Range|Constraint) Error/.test(prefix)) {
    return new SqlError('INVALID_VALUE', text);
  }
  if (prefix.startsWith('Not implemented Error')) return new SqlError('NOT_SUPPORTED', text);
  return new SqlError('INTERNAL', message);
}

/** The same error without the names of files below a directory. */
export function withoutPaths(error: SqlError, directory: string): SqlError {
  if (!error.message.includes(directory)) return error;
  const [before = '', ...others] = error.message.split(directory);
  // A name ends at a quote or at the end of the line; blanks are part of it.
  const rest = others.map((text) => `(a file)${text.replace(/^[^"'\n]*/, '')}`);
  return new SqlError(error.code, before + rest.join(''));
}
