import type { IcebergSchema } from './iceberg.ts';

/**
 * SQL text of a `read_parquet` over absolute paths whose columns are matched by field id, named and typed as in
 * `schema` (files that lack one give NULL).
 */
export declare function parquetScanSql(paths: readonly string[], schema: IcebergSchema): string;

/** An identifier, quoted. */
export declare function quoteName(name: string): string;

/** A string literal, quoted. */
export declare function quoteText(text: string): string;
