/**
 * Avro object container files (Avro spec 1.11, "Object Container Files"), whole and in memory: manifests are
 * small. `avsc` does the records; the container is ours because avsc's encoder drops `field-id` from the
 * header, and rounds longs beyond 2^53, which Iceberg's snapshot ids exceed.
 */
import { Buffer } from 'node:buffer';
import zlib from 'node:zlib';
import type avro from 'avsc';
import { exactType } from '../../lake/exact-avro.ts';

const MAGIC = Buffer.from('Obj\x01', 'latin1');

/** One container file. `metadata`: further header entries, such as Iceberg's `format-version`. */
export function writeAvro(
  schema: object,
  type: avro.Type,
  records: readonly object[],
  metadata: Readonly<Record<string, string>>,
  syncMarker: Uint8Array,
): Buffer {
  const header = {
    'avro.schema': JSON.stringify(schema),
    'avro.codec': 'deflate',
    ...metadata,
  };
  const parts: Uint8Array[] = [MAGIC, longBytes(Object.keys(header).length)];
  for (const [key, value] of Object.entries(header)) {
    parts.push(longBytes(Buffer.byteLength(key)), Buffer.from(key));
    parts.push(longBytes(Buffer.byteLength(value)), Buffer.from(value));
  }
  parts.push(longBytes(0), syncMarker);
  if (records.length > 0) {
    const block = zlib.deflateRawSync(Buffer.concat(records.map((record) => type.toBuffer(record))), {
      level: 1,
    });
    parts.push(longBytes(records.length), longBytes(block.length), block, syncMarker);
  }
  return Buffer.concat(parts);
}

export interface AvroFile {
  /** Header entries, `avro.schema` among them. */
  metadata: Map<string, string>;
  schema: unknown;
  records: Record<string, unknown>[];
}

/** Reads a container file with its own schema. `where` names it in errors. Codecs: null, deflate, zstandard. */
export function readAvro(file: Buffer, where: string): AvroFile {
  if (!file.subarray(0, 4).equals(MAGIC)) {
    throw new Error(`${where} is not an Avro file: it begins with ${file.subarray(0, 4).toString('hex')}`);
  }
  const cursor = { at: 4 };
  const metadata = new Map<string, string>();
  for (let count = readLong(file, cursor); count !== 0; count = readLong(file, cursor)) {
    // A negative count is followed by the block's size in bytes (Avro spec, "Maps").
    if (count < 0) readLong(file, cursor);
    for (let i = 0; i < Math.abs(count); i++) {
      const key = readBytes(file, cursor).toString('utf8');
      metadata.set(key, readBytes(file, cursor).toString('utf8'));
    }
  }
  const sync = file.subarray(cursor.at, cursor.at + 16);
  cursor.at += 16;

  const schema: unknown = JSON.parse(metadata.get('avro.schema') ?? 'null');
  const type = cachedType(metadata.get('avro.schema') ?? 'null');
  const codec = metadata.get('avro.codec') ?? 'null';
  const records: Record<string, unknown>[] = [];
  while (cursor.at < file.length) {
    const count = readLong(file, cursor);
    const block = decompress(codec, readBytes(file, cursor), where);
    if (!file.subarray(cursor.at, cursor.at + 16).equals(sync)) {
      throw new Error(`${where} is damaged: no sync marker at byte ${cursor.at}`);
    }
    cursor.at += 16;
    let offset = 0;
    for (let i = 0; i < count; i++) {
      const decoded = type.decode(block, offset);
      if (decoded.offset < 0) throw new Error(`${where} is damaged: a block ends inside a record`);
      records.push(decoded.value as Record<string, unknown>);
      offset = decoded.offset;
    }
  }
  return { metadata, schema, records };
}

/** Manifests of one table share a few schemas, and compiling one costs more than reading a small manifest. */
const types = new Map<string, avro.Type>();

function cachedType(schemaText: string): avro.Type {
  let type = types.get(schemaText);
  if (type === undefined) {
    if (types.size >= 100) types.clear();
    type = exactType(JSON.parse(schemaText) as object);
    types.set(schemaText, type);
  }
  return type;
}

function decompress(codec: string, block: Buffer, where: string): Buffer {
  if (codec === 'null') return block;
  if (codec === 'deflate') return zlib.inflateRawSync(block);
  if (codec === 'zstandard' && 'zstdDecompressSync' in zlib) {
    return (zlib.zstdDecompressSync as (block: Buffer) => Buffer)(block);
  }
  throw new Error(
    `${where} is compressed with "${codec}"; null and deflate can be read here (zstandard from Node 22.15). ` +
      'Have its writer use deflate (write.avro.compression-codec = gzip)',
  );
}

/** For a nullable `bytes` field. */
export function bytesOrNull(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes);
}

/** A nullable long that counts something (below 2^53), as a number. */
export function countOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

/** Zigzag variable-length encoding of a small non-negative number. */
function longBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A count or length: always below 2^53. */
function readLong(file: Buffer, cursor: { at: number }): number {
  let zigzag = 0;
  let factor = 1;
  let byte: number;
  do {
    if (cursor.at >= file.length) throw new RangeError(`the Avro file ends early, at byte ${file.length}`);
    byte = file[cursor.at++]!;
    zigzag += (byte & 127) * factor;
    factor *= 128;
  } while (byte > 127);
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}

function readBytes(file: Buffer, cursor: { at: number }): Buffer {
  const length = readLong(file, cursor);
  const bytes = file.subarray(cursor.at, cursor.at + length);
  if (bytes.length < length) throw new RangeError(`the Avro file ends early, at byte ${file.length}`);
  cursor.at += length;
  return bytes;
}
