/**
 * Schema evolution: what a changed contract does to a live table. The only changes that pass are those that
 * Iceberg allows (spec, "Schema Evolution"): add optional, widen, rename, drop, reorder, required to optional.
 * Columns are told apart by id, never by name, so that old files keep their meaning.
 */
import { type IcebergField, type IcebergSchema, type IcebergType, parseDecimalType } from './iceberg.ts';

/** What changes, a line each, for a person; and what forbids it. No faults: the change is allowed. */
export interface SchemaChange {
  changes: readonly string[];
  faults: readonly string[];
}

/**
 * Compares a table's current schema with the one that its contract wants. `former`: all schemas that the table
 * ever had, since an id is never used again. `pinned`: ids of columns that partitions are made from.
 */
export function compareSchemas(
  live: IcebergSchema,
  wanted: IcebergSchema,
  former: readonly IcebergSchema[],
  pinned: ReadonlySet<number>,
): SchemaChange {
  const changes: string[] = [];
  const faults: string[] = [];
  const spent = new Map(former.flatMap((schema) => allFields(schema.fields, '')));
  for (const [id] of allFields(live.fields, '')) spent.delete(id);
  compareFields(live.fields, wanted.fields, '', { changes, faults, spent, pinned });
  if (identifierOf(live).join() !== identifierOf(wanted).join()) changes.push(identifierChange(wanted));
  return { changes, faults };
}

function identifierOf(schema: IcebergSchema): readonly number[] {
  return schema['identifier-field-ids'] ?? [];
}

function identifierChange(wanted: IcebergSchema): string {
  const ids = identifierOf(wanted);
  if (ids.length === 0) return 'rows are appended from now on, and replace none';
  const names = wanted.fields.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
  return `rows replace those with the same ${names.join(', ')} from now on`;
}

interface Comparison {
  changes: string[];
  faults: string[];
  /** Ids of fields that were dropped, and their names. */
  spent: ReadonlyMap<number, string>;
  pinned: ReadonlySet<number>;
}

function compareFields(
  live: readonly IcebergField[],
  wanted: readonly IcebergField[],
  prefix: string,
  out: Comparison,
): void {
  const before = new Map(live.map((field) => [field.id, field]));
  for (const field of wanted) {
    const old = before.get(field.id);
    const name = prefix + field.name;
    if (old === undefined) {
      added(field, name, out);
      continue;
    }
    if (old.name !== field.name) out.changes.push(`rename ${prefix}${old.name} to ${field.name}`);
    if (!old.required && field.required) {
      out.faults.push(`${name}: an optional field cannot become required, since rows without it are there`);
    }
    if (old.required && !field.required) out.changes.push(`${name} becomes optional`);
    compareTypes(old.type, field.type, name, out);
  }
  const after = new Set(wanted.map(({ id }) => id));
  for (const field of live) {
    if (after.has(field.id)) continue;
    if (out.pinned.has(field.id)) {
      out.faults.push(`${prefix}${field.name}: cannot be dropped, since partitions are made from it`);
    } else {
      out.changes.push(`drop ${prefix}${field.name}`);
    }
  }
  const kept = live.filter(({ id }) => after.has(id)).map(({ id }) => id);
  const order = wanted.filter(({ id }) => before.has(id)).map(({ id }) => id);
  if (kept.join() !== order.join())
    out.changes.push(`reorder ${prefix === '' ? 'columns' : prefix.slice(0, -1)}`);
}

function added(field: IcebergField, name: string, out: Comparison): void {
  const former = out.spent.get(field.id);
  if (former !== undefined) {
    out.faults.push(
      `${name}: field-id ${field.id} was that of ${former}, and is never used again; choose a new one`,
    );
  } else if (field.required) {
    out.faults.push(`${name}: a new field must be optional, since rows without it are there`);
  } else {
    out.changes.push(`add ${name}`);
  }
}

function compareTypes(live: IcebergType, wanted: IcebergType, path: string, out: Comparison): void {
  if (typeof live === 'string' || typeof wanted === 'string') {
    if (live === wanted) return;
    if (typeof live === 'string' && typeof wanted === 'string' && widens(live, wanted)) {
      out.changes.push(`widen ${path} from ${live} to ${wanted}`);
    } else {
      out.faults.push(
        `${path}: ${said(live)} cannot become ${said(wanted)}; Iceberg widens int to long, float to double, ` +
          'and a decimal to more digits before the point',
      );
    }
    return;
  }
  if (live.type === 'struct' && wanted.type === 'struct') {
    compareFields(live.fields, wanted.fields, `${path}.`, out);
  } else if (live.type === 'list' && wanted.type === 'list') {
    if (live['element-id'] !== wanted['element-id']) out.faults.push(`${path}: element-id cannot change`);
    if (!live['element-required'] && wanted['element-required']) {
      out.faults.push(`${path}: optional elements cannot become required`);
    }
    compareTypes(live.element, wanted.element, `${path}.element`, out);
  } else if (live.type === 'map' && wanted.type === 'map') {
    if (live['key-id'] !== wanted['key-id'] || live['value-id'] !== wanted['value-id']) {
      out.faults.push(`${path}: key-id and value-id cannot change`);
    }
    if (!live['value-required'] && wanted['value-required']) {
      out.faults.push(`${path}: optional values cannot become required`);
    }
    compareTypes(live.value, wanted.value, `${path}.value`, out);
  } else {
    out.faults.push(`${path}: ${said(live)} cannot become ${said(wanted)}`);
  }
}

/** Type promotions of format version 2. */
function widens(live: string, wanted: string): boolean {
  if (live === 'int' && wanted === 'long') return true;
  if (live === 'float' && wanted === 'double') return true;
  const [from, to] = [parseDecimalType(live), parseDecimalType(wanted)];
  return from !== undefined && to !== undefined && from.scale === to.scale && to.precision > from.precision;
}

function said(type: IcebergType): string {
  return typeof type === 'string' ? type : `a ${type.type}`;
}

/** Every field of a schema at any depth, ids of elements, keys and values among them, with its path. */
function allFields(fields: readonly IcebergField[], prefix: string): [number, string][] {
  return fields.flatMap((field): [number, string][] => [
    [field.id, prefix + field.name],
    ...nestedFields(field.type, prefix + field.name),
  ]);
}

function nestedFields(type: IcebergType, path: string): [number, string][] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return allFields(type.fields, `${path}.`);
  if (type.type === 'list') {
    return [[type['element-id'], `${path}.element`], ...nestedFields(type.element, `${path}.element`)];
  }
  return [
    [type['key-id'], `${path}.key`],
    [type['value-id'], `${path}.value`],
    ...nestedFields(type.value, `${path}.value`),
  ];
}
