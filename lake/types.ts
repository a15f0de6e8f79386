/**
 * A contract's vocabulary: column types in Iceberg's words, and what the contract adds to them.
 * Everything here is plain data; `contract.ts` makes it from an Avro schema.
 */

/** Iceberg primitive types that take no parameter (Iceberg spec, "Primitive Types"). */
export type PrimitiveKind =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'binary'
  | 'date'
  | 'timestamp'
  | 'timestamptz';

export type Type =
  | { kind: Exclude<PrimitiveKind, 'string' | 'timestamp' | 'timestamptz'> }
  /** `symbols`: an Avro enum's closed list. `uuid`: the text must be a UUID. Both are strings in the table. */
  | { kind: 'string'; symbols?: readonly string[]; uuid?: true }
  /** Microseconds. `epoch`: JSON numbers are accepted too, and count this unit since 1970. */
  | { kind: 'timestamp' | 'timestamptz'; epoch?: EpochUnit }
  | { kind: 'decimal'; precision: number; scale: number }
  | { kind: 'struct'; fields: readonly Field[] }
  | { kind: 'list'; elementId: number; element: Type; elementRequired: boolean }
  | { kind: 'map'; keyId: number; valueId: number; value: Type; valueRequired: boolean };

export type EpochUnit = 's' | 'ms' | 'us';

/** `hash`: a keyed hash in its place. `truncate`: an address becomes its network. `drop`: nothing is kept. */
export type PiiRule = 'hash' | 'truncate' | 'drop';

/** A column, or a member of a nested record. */
export interface Field {
  /** Iceberg field id: stable for ever, never reused. */
  id: number;
  name: string;
  type: Type;
  required: boolean;
  doc?: string;
  /** Personal data: hidden from analysts. */
  pii: boolean;
  /** What the transform does to the value before it is a row's. */
  piiRule?: PiiRule;
  /** Other JSON names that an event may use for this field. */
  aliases: readonly string[];
  /** How fake data is made: a faker path (`internet.ip`) or a rule of the generator. */
  generate?: string;
}

/** Iceberg partition transforms, as the spec spells them. */
export type Transform =
  | 'identity'
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'void'
  | `bucket[${number}]`
  | `truncate[${number}]`;

export interface PartitionField {
  /** Id and name of the source column. */
  sourceId: number;
  source: string;
  transform: Transform;
  /** The partition field's own name (`timestamp_day`) and id (1000 and up). */
  name: string;
  fieldId: number;
}

export interface SortField {
  sourceId: number;
  source: string;
  transform: Transform;
  direction: 'asc' | 'desc';
  nullOrder: 'nulls-first' | 'nulls-last';
}

/** One of these values must stand in the column. */
export interface RowFilter {
  columnId: number;
  column: string;
  values: readonly (string | number | boolean)[];
}

/** A table's schema file, parsed: the one source of everything that concerns the table. */
export interface Contract {
  table: string;
  doc: string;
  /** All columns in table order; the system columns `event_id` (id 1) and `received_at` (id 2) come first. */
  fields: readonly Field[];
  partition: readonly PartitionField[];
  sort: readonly SortField[];
  /** `upsert`: a row replaces the one with equal identifier fields, if there is one. */
  write: 'append' | 'upsert';
  /** Names of the identifier fields (upsert only): required columns, every partition source among them. */
  identifier: readonly string[];
  /** An upsert by `event_id` and the partition sources, so that an event sent twice is one row. */
  dedupe: boolean;
  /** The boolean column whose `true` deletes the row with equal identifier fields (upsert only). */
  deleteField?: string;
  properties: Readonly<Record<string, string>>;
  /** What a row must hold for an analyst to see it; empty: anything. */
  rowFilter: readonly RowFilter[];
  /** Internal tables (`rejected`) are written by the lakehouse alone; events cannot name them. */
  internal: boolean;
  /** The schema as written: what an Avro producer encodes with. */
  avro: object;
  /** CRC-64-AVRO of the schema's canonical form, 16 hex digits, most significant first. */
  fingerprint: string;
}

/** A row on its way to Firehose: column name → JSON value (timestamps are integer microseconds). */
export type Row = Record<string, unknown>;
