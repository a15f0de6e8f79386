/**
 * How a contract's rows are written: appended, or as the last word on their key (`"write": "upsert"` with
 * `"identifier"`, and `"delete-field"` where rows can be deleted; `"dedupe": true`).
 */
import type { AvroRecord, Refuse } from './contract.ts';
import type { Contract, Field, PartitionField } from './types.ts';

type WriteMode = Pick<Contract, 'write' | 'identifier' | 'dedupe' | 'deleteField'>;

const append: WriteMode = { write: 'append', identifier: [], dedupe: false };

export function writeMode(
  avro: AvroRecord,
  fields: readonly Field[],
  partition: readonly PartitionField[],
  refuse: Refuse,
): WriteMode {
  const { write = 'append', dedupe = false } = avro;
  if (write !== 'append' && write !== 'upsert') {
    refuse(`"write" must be "append" or "upsert", not ${JSON.stringify(write)}`);
  }
  if (typeof dedupe !== 'boolean') refuse(`"dedupe" must be true or false, not ${JSON.stringify(dedupe)}`);
  if (write === 'append') {
    for (const name of ['identifier', 'delete-field'] as const) {
      if (avro[name] !== undefined) refuse(`"${name}" is for tables with "write": "upsert"`);
    }
    if (!dedupe) return append;
  } else if (dedupe) {
    refuse('"dedupe" is an upsert by event_id already; leave "write" out, or "dedupe"');
  }
  if (avro.internal === true) refuse('an internal table is append-only');

  const sources = partition.filter(({ transform }) => transform !== 'void').map(({ source }) => source);
  const identifier = dedupe ? [...new Set(['event_id', ...sources])] : declared(avro, refuse);
  for (const name of identifier) checkIdentifier(name, fields, refuse);
  for (const source of sources) {
    if (!identifier.includes(source)) {
      refuse(
        `identifier: must include the partition source "${source}": a row replaces rows of its own partition only`,
      );
    }
  }
  const deleteField = deleteFieldOf(avro, fields, refuse);
  return { write: 'upsert', identifier, dedupe, ...(deleteField !== undefined && { deleteField }) };
}

function declared({ identifier }: AvroRecord, refuse: Refuse): string[] {
  const isList = Array.isArray(identifier) && identifier.every((name) => typeof name === 'string');
  if (!isList || identifier.length === 0) {
    refuse('"write": "upsert" needs "identifier": the names of the columns that tell rows apart');
  }
  if (new Set(identifier).size < identifier.length) refuse('"identifier" names a column twice');
  return [...identifier];
}

/** Iceberg spec, "Identifier Field IDs": required primitives, and no floating point numbers. */
function checkIdentifier(name: string, fields: readonly Field[], refuse: Refuse): void {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    refuse(
      `identifier: there is no column "${name}"; the columns are ${fields.map((f) => f.name).join(', ')}`,
    );
  }
  if (name === 'received_at') {
    refuse('identifier: "received_at" differs each time an event arrives, so it cannot tell rows apart');
  }
  if (!field.required) refuse(`identifier: "${name}" must be a required field`);
  if (['float', 'double', 'struct', 'list', 'map'].includes(field.type.kind)) {
    refuse(`identifier: "${name}" is a ${field.type.kind}; rows are told apart by other types only`);
  }
}

function deleteFieldOf(avro: AvroRecord, fields: readonly Field[], refuse: Refuse): string | undefined {
  const name = avro['delete-field'];
  if (name === undefined) return undefined;
  const field = fields.find((candidate) => candidate.name === name);
  if (field?.type.kind !== 'boolean') {
    refuse(`"delete-field" must name a boolean column, not ${JSON.stringify(name)}`);
  }
  return name;
}
