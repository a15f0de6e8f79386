/**
 * Why a query did not give rows, in Athena's terms: `category` and `type` become `AthenaError` (Athena user
 * guide, "Athena error catalog": 1 system, 2 user, 3 other).
 */
export type SqlErrorCode =
  /** The text does not parse, or means something that the local engine refuses. */
  | 'SYNTAX_ERROR'
  | 'NOT_SUPPORTED'
  | 'TABLE_NOT_FOUND'
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
  if (/^(Parser|Binder|Catalog) Error/.test(prefix)) return new SqlError('SYNTAX_ERROR', text);
  if (/^(Conversion|Invalid Input|Out of Range|Constraint) Error/.test(prefix)) {
    return new SqlError('INVALID_VALUE', text);
  }
  return new SqlError('INTERNAL', message);
}
