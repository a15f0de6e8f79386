/**
 * The file beside a result that tells its columns (`<id>.csv.metadata`), which Athena's JDBC driver reads from S3. It
 * is a protocol buffer that AWS does not document; the numbers of its fields are those that the parser of
 * burtcorp/athena-jdbc reads (`AthenaMetaDataParser`).
 */
import type { ColumnInfo } from './format.ts';

/** `id`: of the execution. */
export function resultMetadata(id: string, columns: readonly ColumnInfo[]): Uint8Array {
  return Buffer.concat([bytes(1, id), ...columns.map((column) => bytes(4, columnBytes(column)))]);
}

const nullableUnknown = 3;

function columnBytes({ name, type, precision, scale }: ColumnInfo): Buffer {
  return Buffer.concat([
    bytes(1, 'hive'),
    bytes(4, name),
    bytes(5, name),
    bytes(6, type),
    integer(7, precision),
    integer(8, scale),
    integer(9, nullableUnknown),
    integer(10, type === 'varchar' ? 1 : 0),
  ]);
}

/** A field of wire type 2 (Protocol Buffers, "Encoding"): a length, and that many bytes. */
function bytes(field: number, content: string | Buffer): Buffer {
  const own = Buffer.from(content);
  return Buffer.concat([varint((field << 3) | 2), varint(own.length), own]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(value: number): Buffer {
  const own: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) own.push((rest % 128) | 0x80);
  return Buffer.from([...own, rest]);
}
