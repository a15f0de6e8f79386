import { expect, it } from 'vitest';
import { fromDuckDb, withoutPaths } from '../../local/sql/errors.ts';

it.each([
  [
    "Invalid Input Error: No magic bytes found at end of file '/home/lake/web_log/event=ada%40/1.parquet'",
    'INVALID_VALUE',
    "No magic bytes found at end of file '(a file)'",
  ],
  ['Not implemented Error: this cast', 'NOT_SUPPORTED', 'this cast'],
  ['Binder Error: no function matches\n\nLINE 1: SELECT x', 'SYNTAX_ERROR', 'no function matches'],
  ['Out of Memory Error: failed to allocate 2 GiB\nhint', 'MEMORY_LIMIT', 'failed to allocate 2 GiB'],
  ['IO Error: disk full', 'INTERNAL', 'IO Error: disk full'],
])("%s is the reader's %s, without names of files", (message, code, text) => {
  const error = withoutPaths(fromDuckDb(new Error(message)), '/home/lake');
  expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
  expect(error.message).not.toContain('ada');
});
