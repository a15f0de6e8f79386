/** Sample events → the schema file of a table that takes them. */
import type { AvroField } from '../avro-types.ts';
import { type AvroRecord, systemIds } from '../contract.ts';
import { Fault } from '../errors.ts';
import { isObject } from '../json-row.ts';
import { columnsOf, type Proposing, proposeField } from './avro-type.ts';
import { checkPlaces, emptyShape, observe, type Shape } from './observe.ts';

/** A schema to look over, and what a person should know about it. */
export interface Inferred {
  schema: AvroRecord;
  /** A line each. */
  notes: string[];
}

/** Names that producers give to an event's own id, best first. */
const idNames = ['event_id', 'eventId', 'messageId', 'message_id', 'uuid', 'id'];

/**
 * Proposes a contract for events of one table: types, which fields are optional, the event's id, the partition,
 * what is likely personal. With an `existing` schema its fields stay as they are and new ones are added as
 * optional; `usedIds` are the field ids that this table ever had. Throws a Fault for events that are no
 * objects, or have too many fields or levels.
 */
export function inferContract(
  table: string,
  events: readonly unknown[],
  existing?: AvroRecord,
  usedIds: Iterable<number> = [],
): Inferred {
  if (!/^[a-z][a-z0-9_]{0,127}$/.test(table)) {
    throw new Fault(`"${table}" is no name for a table: use lower-case letters, digits and underscores`);
  }
  const notes: string[] = [];
  const own = ownEvents(table, events, notes);
  const shape = emptyShape();
  for (const { $table: _, ...members } of own) observe(shape, members);
  checkPlaces(shape);
  let lastId = Math.max(systemIds.received_at, ...usedIds, ...idsOf(existing?.fields ?? []));
  const names = new Set([table, ...namesOf(existing?.fields ?? [])]);
  const to: Proposing = { table, names, notes, nextId: () => ++lastId };
  const idName = existing === undefined ? eventIdName(shape, own.length) : undefined;
  const fields: AvroField[] = [...(existing?.fields ?? [])];
  if (idName !== undefined) fields.unshift(eventIdField(idName));
  // A new column of a live table is null in old rows.
  const of = existing === undefined ? own.length : Number.POSITIVE_INFINITY;
  for (const column of columnsOf(shape.members, '', to)) {
    const news = column.givens.filter((given) => given !== idName && !isKnown(given, fields));
    const same = fields.findIndex(({ name }) => name === column.name);
    if (news.length === 0) continue;
    if (same < 0) fields.push(proposeField({ ...column, givens: news }, of, '', to));
    else {
      fields[same] = { ...fields[same]!, aliases: [...(fields[same]!.aliases ?? []), ...news] };
      notes.push(`${news.join(', ')}: another name for ${column.name}`);
    }
  }
  if (existing !== undefined) return { schema: { ...existing, fields }, notes };
  const placed = placement(fields, notes);
  return {
    schema: { type: 'record', name: table, doc: '', fields, iceberg: placed, write: 'append' },
    notes,
  };
}

/** The table that an event names in `$table`, if that is another than this one. */
export function otherTable(table: string, event: unknown): string | undefined {
  if (!isObject(event)) return undefined;
  const { $table: named } = event;
  return typeof named === 'string' && named !== table ? named : undefined;
}

/** Events that are for this table, or name none; a note tells of the others. */
function ownEvents(table: string, events: readonly unknown[], notes: string[]): Record<string, unknown>[] {
  if (events.length === 0) throw new Fault('there are no events to learn from');
  const others = new Map<string, number>();
  const own = events.filter((event, i): event is Record<string, unknown> => {
    if (!isObject(event)) throw new Fault(`event ${i + 1} is no JSON object`);
    const other = otherTable(table, event);
    if (other !== undefined) others.set(other, (others.get(other) ?? 0) + 1);
    return other === undefined;
  });
  const list = [...others].map(([other, count]) => `${count} for "${other}"`).join(', ');
  if (own.length === 0) {
    throw new Fault(
      `no event is for the table ${table}: by their $table, ${list}. Name that table, or take $table out of the events`,
    );
  }
  if (others.size > 0) notes.push(`left out are the events whose $table is another: ${list}`);
  return own;
}

function isKnown(given: string, fields: readonly AvroField[]): boolean {
  return fields.some(({ name, aliases = [] }) => name === given || aliases.includes(given));
}

/** The member that names an event: a text, in every event, never twice. */
function eventIdName(shape: Shape, events: number): string | undefined {
  return idNames.find((name) => {
    const member = shape.members.get(name);
    if (member === undefined || member.texts < events) return false;
    return name === 'event_id' || member.samples.size === Math.min(events, 200);
  });
}

function eventIdField(given: string): AvroField {
  return {
    name: 'event_id',
    type: ['null', 'string'],
    default: null,
    'field-id': systemIds.event_id,
    ...(given === 'event_id' ? {} : { aliases: [given] }),
    doc: "The producer's own id of the event.",
  };
}

/** By the day of the first time that every event has; else by the day of arrival. */
function placement(fields: readonly AvroField[], notes: string[]): NonNullable<AvroRecord['iceberg']> {
  const times = fields.filter(
    ({ type }) =>
      typeof type === 'object' && 'logicalType' in type && type.logicalType === 'timestamp-micros',
  );
  const source = times[0]?.name ?? 'received_at';
  notes.push(
    times.length === 0
      ? 'partitioned by the day of arrival: no time is in every event'
      : `partitioned by the day of ${source}`,
  );
  return { 'partition-spec': [{ source, transform: 'day' }], 'sort-order': [{ source }] };
}

/** Every id in a schema, or in several: of fields, elements, keys and values, at any depth. */
export function idsOf(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(idsOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name.endsWith('-id') && typeof member === 'number' ? [member] : idsOf(member),
  );
}

/** Every name in a schema, of records and fields alike. */
function namesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'name' && typeof member === 'string' ? [member] : namesOf(member),
  );
}
