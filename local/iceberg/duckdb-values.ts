/** Values and functions across the border to DuckDB. */
import {
  BIGINT,
  BLOB,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBScalarFunction,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { hashFunctions } from '../../lake/duckdb.ts';
import { bucketHash, type Value } from '../../lake/transforms.ts';

/** A primitive that DuckDB returned, in Iceberg's internal representation. */
export function toValue(value: DuckDBValue): Value | null {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  throw new Error(`DuckDB returned a ${value.constructor.name}; expected a primitive value`);
}

/** Registers the hash functions that `transformExpression` uses, for all connections of the instance. */
export function registerHashFunctions(connection: DuckDBConnection): void {
  const register = (name: string, parameter: DuckDBType, hash: (value: DuckDBValue) => number) =>
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        returnType: INTEGER,
        parameterTypes: [parameter],
        mainFunction: (_info, input, output) => {
          const values = input.getColumnVector(0);
          // NULL gives NULL without a call for its row, but its slot is part of the chunk.
          for (let row = 0; row < input.rowCount; row++) {
            const value = values.getItem(row);
            output.setItem(row, value === null ? null : hash(value));
          }
          output.flush();
        },
      }),
    );
  register(hashFunctions.text, VARCHAR, (value) => bucketHash('string', value as string));
  register(hashFunctions.long, BIGINT, (value) => bucketHash('long', value as bigint));
  register(hashFunctions.bytes, BLOB, (value) => bucketHash('binary', (value as DuckDBBlobValue).bytes));
  register(hashFunctions.decimal, VARCHAR, (value) =>
    bucketHash('decimal', BigInt((value as string).replace('.', ''))),
  );
}
