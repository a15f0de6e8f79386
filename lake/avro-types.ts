/** Avro types → the contract's types (Iceberg spec, appendix A, "Avro"). */
import type { Refuse } from './contract.ts';
import type { EpochUnit, Field, PiiRule, Type } from './types.ts';

type AvroType = string | readonly AvroType[] | AvroComplex;

interface AvroComplex {
  type: AvroType;
  name?: string;
  logicalType?: string;
  precision?: number;
  scale?: number;
  'adjust-to-utc'?: boolean;
  symbols?: readonly string[];
  fields?: readonly AvroField[];
  items?: AvroType;
  values?: AvroType;
  'element-id'?: number;
  'key-id'?: number;
  'value-id'?: number;
}

/** A field of an Avro record, with what the contract adds to it. */
export interface AvroField {
  name: string;
  type: AvroType;
  doc?: string;
  default?: unknown;
  aliases?: readonly string[];
  'field-id'?: number;
  pii?: boolean | { rule?: unknown };
  epoch?: EpochUnit;
  generate?: string;
}

/** One field of a record schema. `prefix` is the path of the record that holds it (`event.`). */
export function avroField(field: AvroField, prefix: string, refuse: Refuse): Field {
  if (typeof field !== 'object' || field === null)
    refuse(`a field of "${prefix || 'the record'}" is no object`);
  const path = prefix + field.name;
  if (field.type === undefined) refuse(`field "${path}": "type" is missing`);
  if (!Array.isArray(field.aliases ?? [])) refuse(`field "${path}": "aliases" must be a list of names`);
  if (typeof field.name !== 'string' || !/^[a-z_][a-z0-9_]*$/.test(field.name)) {
    refuse(
      `field "${path}": names are lower-case letters, digits and underscores (Glue and Athena fold case); ` +
        'accept other JSON names with "aliases"',
    );
  }
  if (field.name in {})
    refuse(`field "${path}": JavaScript objects have a member of this name; choose another`);
  for (const alias of field.aliases ?? []) {
    if (alias in {})
      refuse(`field "${path}": JavaScript objects have a member "${alias}"; leave it out of "aliases"`);
  }
  const id = checkedId(field['field-id'], `field "${path}"`, 'field-id', refuse);
  const { type: avro, optional } = unwrap(field.type, path, refuse);
  const type = convert(avro, path, field.epoch, refuse);
  return {
    id,
    name: field.name,
    type,
    required: !optional,
    ...(field.doc === undefined ? {} : { doc: field.doc }),
    ...personal(field, { type, optional, nested: prefix !== '' }, refuse),
    aliases: field.aliases ?? [],
    ...(field.generate === undefined ? {} : { generate: field.generate }),
  };
}

/** `pii`: whether the field is personal data, and what becomes of it on its way into the table. */
function personal(
  { name, pii }: AvroField,
  { type, optional, nested }: { type: Type; optional: boolean; nested: boolean },
  refuse: Refuse,
): Pick<Field, 'pii' | 'piiRule'> {
  if (pii === undefined || typeof pii === 'boolean') return { pii: pii === true };
  const rule = typeof pii === 'object' && pii !== null ? pii.rule : undefined;
  if (!isPiiRule(rule)) {
    refuse(
      `field "${name}": "pii" is true, false, or {"rule": "hash"}, {"rule": "truncate"} or {"rule": "drop"}`,
    );
  }
  if (nested) refuse(`field "${name}": a pii rule is for a column, not for a member of one`);
  if (rule !== 'drop' && (type.kind !== 'string' || type.symbols !== undefined || type.uuid)) {
    refuse(`field "${name}": the pii rule "${rule}" is for text`);
  }
  if (rule === 'drop' && !optional) refuse(`field "${name}": a column that is dropped must be optional`);
  return { pii: true, piiRule: rule };
}

function isPiiRule(rule: unknown): rule is PiiRule {
  return rule === 'hash' || rule === 'truncate' || rule === 'drop';
}

/** `["null", T]` and `[T, "null"]` are an optional T; other unions have no column type. */
function unwrap(type: AvroType, path: string, refuse: Refuse): { type: AvroType; optional: boolean } {
  if (!isUnion(type)) return { type, optional: false };
  const others = type.filter((branch) => branch !== 'null');
  if (others.length !== 1 || type.length !== 2) {
    refuse(`field "${path}": the only unions are ["null", T] and [T, "null"], an optional T`);
  }
  return { type: others[0]!, optional: true };
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

const plain: Record<string, Type> = {
  boolean: { kind: 'boolean' },
  int: { kind: 'int' },
  long: { kind: 'long' },
  float: { kind: 'float' },
  double: { kind: 'double' },
  string: { kind: 'string' },
  bytes: { kind: 'binary' },
};

function convert(avro: AvroType, path: string, epoch: EpochUnit | undefined, refuse: Refuse): Type {
  const complex: AvroComplex = typeof avro === 'string' || isUnion(avro) ? { type: avro } : avro;
  const type = logical(complex, path, epoch, refuse) ?? nested(complex, path, refuse);
  if (epoch !== undefined && type.kind !== 'timestamp' && type.kind !== 'timestamptz') {
    refuse(`field "${path}": "epoch" is for timestamps; this is ${type.kind}`);
  }
  return type;
}

/** Types that Avro spells as a logical type over a primitive. Undefined if there is none. */
function logical(
  avro: AvroComplex,
  path: string,
  epoch: EpochUnit | undefined,
  refuse: Refuse,
): Type | undefined {
  const { logicalType, type } = avro;
  if (logicalType === undefined) return undefined;
  const expect = (base: string): void => {
    if (type !== base) refuse(`field "${path}": logical type ${logicalType} is spelt over "${base}"`);
  };
  if (logicalType === 'timestamp-micros' || logicalType === 'timestamp-millis') {
    expect('long');
    if (epoch !== undefined && !['s', 'ms', 'us'].includes(epoch)) {
      refuse(`field "${path}": "epoch" must be "s", "ms" or "us"`);
    }
    const kind = avro['adjust-to-utc'] === true ? 'timestamptz' : 'timestamp';
    return epoch === undefined ? { kind } : { kind, epoch };
  }
  if (logicalType === 'date') {
    expect('int');
    return { kind: 'date' };
  }
  if (logicalType === 'uuid') {
    expect('string');
    return { kind: 'string', uuid: true };
  }
  if (logicalType === 'decimal') {
    expect('bytes');
    const { precision = 0, scale = 0 } = avro;
    const whole = Number.isInteger(precision) && Number.isInteger(scale);
    if (!whole || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
      refuse(`field "${path}": a decimal has precision 1 to 38 and scale 0 to its precision`);
    }
    return { kind: 'decimal', precision, scale };
  }
  return refuse(`field "${path}": logical type ${logicalType} has no column type that Athena can declare`);
}

function nested(avro: AvroComplex, path: string, refuse: Refuse): Type {
  const { type } = avro;
  if (typeof type === 'object') return convert(type as AvroType, path, undefined, refuse);
  if (Object.hasOwn(plain, type)) return plain[type]!;
  if (type === 'enum') return { kind: 'string', symbols: avro.symbols ?? [] };
  if (type === 'record') {
    return { kind: 'struct', fields: (avro.fields ?? []).map((f) => avroField(f, `${path}.`, refuse)) };
  }
  if (type === 'array') {
    const element = unwrap(avro.items ?? 'null', `${path}.element`, refuse);
    return {
      kind: 'list',
      elementId: checkedId(avro['element-id'], `array "${path}"`, 'element-id', refuse),
      element: convert(element.type, `${path}.element`, undefined, refuse),
      elementRequired: !element.optional,
    };
  }
  if (type === 'map') {
    const value = unwrap(avro.values ?? 'null', `${path}.value`, refuse);
    return {
      kind: 'map',
      keyId: checkedId(avro['key-id'], `map "${path}"`, 'key-id', refuse),
      valueId: checkedId(avro['value-id'], `map "${path}"`, 'value-id', refuse),
      value: convert(value.type, `${path}.value`, undefined, refuse),
      valueRequired: !value.optional,
    };
  }
  return refuse(`field "${path}": the Avro type ${JSON.stringify(type)} has no column type`);
}

function checkedId(id: number | undefined, what: string, attribute: string, refuse: Refuse): number {
  if (id === undefined) refuse(`${what}: "${attribute}" is missing; give it a number that no field ever had`);
  if (!Number.isInteger(id) || id < 1 || id > 2_000_000_000) {
    refuse(`${what}: "${attribute}" must be a positive integer`);
  }
  return id;
}
