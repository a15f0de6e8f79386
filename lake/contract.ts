/**
 * The contract: one Avro record schema per table, from which everything about the table follows.
 *
 * Beside plain Avro, a field says `field-id` (as Iceberg's Avro mapping does, spec appendix A), `pii`, `epoch`
 * and `generate`; the record says `iceberg` (partition spec, sort order, properties), how it is written
 * (`contract-write.ts`), and `internal`.
 */
import type { Schema } from 'avsc';
import { type AvroField, avroField } from './avro-types.ts';
import { avroTypes } from './avsc.ts';
import { rowFilter } from './contract-rows.ts';
import { writeMode } from './contract-write.ts';
import { Fault } from './errors.ts';
import { fingerprint } from './fingerprint.ts';
import { parseTransform, transformAccepts } from './partition.ts';
import type { Contract, Field, PartitionField, SortField, Transform, Type } from './types.ts';

/** Columns that every table has, beside its own. Their ids are the same everywhere. */
export const systemIds = { event_id: 1, received_at: 2 } as const;

/** A contract's Avro schema, as JSON: what `schemas/*.avsc` holds. */
export interface AvroRecord {
  type: 'record';
  name: string;
  doc?: string;
  fields: readonly AvroField[];
  iceberg?: {
    'partition-spec'?: readonly { source: string; transform: string }[];
    'sort-order'?: readonly {
      source: string;
      transform?: string;
      direction?: string;
      'null-order'?: string;
    }[];
    properties?: Readonly<Record<string, string>>;
  };
  write?: string;
  identifier?: readonly string[];
  'delete-field'?: string;
  dedupe?: boolean;
  'row-filter'?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  internal?: boolean;
}

/**
 * Parses one schema file. `where` names it in errors (`schemas/web_log.avsc`).
 * Throws a Fault that names file, field and rule if the schema cannot be a table.
 */
export function parseContract(schema: unknown, where: string): Contract {
  const refuse: Refuse = (what) => {
    throw new Fault(`${where}: ${what}`);
  };
  const avro = recordSchema(schema, refuse);
  const table = snakeCase(avro.name);
  const fields = columns(avro, refuse);
  const byName = new Map(fields.map((field) => [field.name, field]));
  checkIds(fields, refuse);
  const partition = partitionSpec(avro, byName, refuse);
  return {
    table,
    doc: avro.doc ?? '',
    fields,
    partition,
    sort: sortOrder(avro, byName, refuse),
    ...writeMode(avro, fields, partition, refuse),
    properties: avro.iceberg?.properties ?? {},
    rowFilter: rowFilter(avro['row-filter'], byName, refuse),
    internal: avro.internal === true,
    avro,
    fingerprint: fingerprintOf(avro, refuse),
  };
}

/** Says what breaks a rule of the contract; never returns. */
export type Refuse = (what: string) => never;

function recordSchema(schema: unknown, refuse: Refuse): AvroRecord {
  const avro = schema as Partial<AvroRecord> | null;
  if (typeof avro !== 'object' || avro === null || avro.type !== 'record') {
    refuse('expected an Avro record schema: {"type": "record", "name": …, "fields": [ … ]}');
  }
  if (typeof avro.name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(avro.name)) {
    refuse('"name" must be letters, digits and underscores: it becomes the name of the table');
  }
  if (!Array.isArray(avro.fields) || avro.fields.length === 0)
    refuse('"fields" must list at least one field');
  return avro as AvroRecord;
}

function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

/** All columns in table order: the system columns, then the schema's own. */
function columns(avro: AvroRecord, refuse: Refuse): Field[] {
  const declared = avro.fields.map((field) => avroField(field, '', refuse));
  const own = declared.filter((field) => field.name !== 'event_id');
  const eventId = declared.find((field) => field.name === 'event_id');
  if (eventId !== undefined && (eventId.id !== systemIds.event_id || eventId.type.kind !== 'string')) {
    refuse('field "event_id" must be a string, or an optional one, with "field-id": 1: every table has it');
  }
  if (own.some((field) => field.name === 'received_at')) {
    refuse('field "received_at" is the lakehouse\'s own: every table has it, with the time of arrival');
  }
  return [systemEventId(eventId), systemReceivedAt, ...own];
}

function systemEventId(declared: Field | undefined): Field {
  return {
    id: systemIds.event_id,
    name: 'event_id',
    type: { kind: 'string' },
    required: true,
    doc:
      declared?.doc ?? "The producer's own id of the event; made from the record's position if it has none.",
    pii: false,
    aliases: declared?.aliases ?? [],
    generate: declared?.generate ?? 'string.uuid',
  };
}

const systemReceivedAt: Field = {
  id: systemIds.received_at,
  name: 'received_at',
  type: { kind: 'timestamp' },
  required: true,
  doc: 'When the record arrived at the stream, UTC.',
  pii: false,
  aliases: [],
};

/** Field ids are what ties a column to its data for ever, so no two may be equal, at any depth. */
function checkIds(fields: readonly Field[], refuse: Refuse): void {
  const seen = new Map<number, string>();
  const note = (id: number, path: string): void => {
    const other = seen.get(id);
    if (other !== undefined) refuse(`field-id ${id} is used twice: by "${other}" and by "${path}"`);
    seen.set(id, path);
  };
  const visitType = (type: Type, path: string): void => {
    if (type.kind === 'struct') visit(type.fields, `${path}.`);
    if (type.kind === 'list') {
      note(type.elementId, `${path}.element`);
      visitType(type.element, `${path}.element`);
    }
    if (type.kind === 'map') {
      note(type.keyId, `${path}.key`);
      note(type.valueId, `${path}.value`);
      visitType(type.value, `${path}.value`);
    }
  };
  const visit = (list: readonly Field[], prefix: string): void => {
    const names = new Set<string>();
    for (const field of list) {
      for (const name of [field.name, ...field.aliases]) {
        if (names.has(name)) refuse(`the name "${prefix}${name}" is used twice`);
        names.add(name);
      }
      note(field.id, prefix + field.name);
      visitType(field.type, prefix + field.name);
    }
  };
  visit(fields, '');
}

/** Partition field names as Iceberg's own builders make them: `event`, `timestamp_day`, `user_id_bucket`. */
function partitionSpec(avro: AvroRecord, byName: Map<string, Field>, refuse: Refuse): PartitionField[] {
  const names = new Set<string>();
  return (avro.iceberg?.['partition-spec'] ?? []).map(({ source, transform: text }, index) => {
    const { field, transform } = sourceOf('partition-spec', source, text, byName, refuse);
    const kind = transform.replace(/\[.*/, '');
    const name = kind === 'identity' ? source : `${source}_${kind === 'truncate' ? 'trunc' : kind}`;
    if (names.has(name)) refuse(`partition-spec: "${source}" is partitioned by ${kind} twice`);
    names.add(name);
    return { sourceId: field.id, source, transform, name, fieldId: 1000 + index };
  });
}

function sortOrder(avro: AvroRecord, byName: Map<string, Field>, refuse: Refuse): SortField[] {
  return (avro.iceberg?.['sort-order'] ?? []).map((sort) => {
    const { field, transform } = sourceOf(
      'sort-order',
      sort.source,
      sort.transform ?? 'identity',
      byName,
      refuse,
    );
    const direction = sort.direction ?? 'asc';
    const nullOrder = sort['null-order'] ?? (direction === 'asc' ? 'nulls-first' : 'nulls-last');
    if (direction !== 'asc' && direction !== 'desc') refuse(`sort-order: direction must be asc or desc`);
    if (nullOrder !== 'nulls-first' && nullOrder !== 'nulls-last') {
      refuse('sort-order: null-order must be nulls-first or nulls-last');
    }
    return { sourceId: field.id, source: sort.source, transform, direction, nullOrder };
  });
}

function sourceOf(
  where: string,
  source: string,
  text: string,
  byName: Map<string, Field>,
  refuse: Refuse,
): { field: Field; transform: Transform } {
  const field = byName.get(source);
  if (field === undefined) {
    refuse(`${where}: there is no column "${source}"; the columns are ${[...byName.keys()].join(', ')}`);
  }
  const transform = parseTransform(text);
  if (transform === undefined) {
    refuse(
      `${where}: "${text}" is no transform; use identity, bucket[N], truncate[W], year, month, day, hour or void`,
    );
  }
  if (!transformAccepts(transform, field.type)) {
    refuse(`${where}: ${transform} cannot be taken of "${source}", which is ${field.type.kind}`);
  }
  return { field, transform };
}

function fingerprintOf(avro: AvroRecord, refuse: Refuse): string {
  try {
    return fingerprint(avroTypes.Type.forSchema(avro as Schema));
  } catch (error) {
    return refuse(`it is not a valid Avro schema: ${(error as Error).message}`);
  }
}
