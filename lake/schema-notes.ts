/**
 * Attributes of a schema file that mean nothing here. Avro allows any, so they are no fault; but one that is
 * misspelt (`"pi": true`) would leave a column with personal data in everybody's sight.
 */
const attributes = {
  record: [
    ...['type', 'name', 'namespace', 'doc', 'aliases', 'fields', 'iceberg', 'write', 'identifier'],
    ...['delete-field', 'dedupe', 'row-filter', 'internal'],
  ],
  iceberg: ['partition-spec', 'sort-order', 'properties'],
  'partition-spec': ['source', 'transform'],
  'sort-order': ['source', 'transform', 'direction', 'null-order'],
  field: ['name', 'type', 'doc', 'default', 'aliases', 'order', 'field-id', 'pii', 'epoch', 'generate'],
  type: [
    ...['type', 'name', 'namespace', 'doc', 'aliases', 'default', 'logicalType', 'precision', 'scale'],
    ...['adjust-to-utc', 'symbols', 'fields', 'items', 'values', 'element-id', 'key-id', 'value-id'],
  ],
} as const;

type Place = keyof typeof attributes;

/** A sentence for each attribute that means nothing; `schema` is what a schema file holds, and parses. */
export function strayAttributes(schema: unknown): string[] {
  const notes: string[] = [];
  look('record', schema, 'the record');
  return notes;

  function look(place: Place, value: unknown, where: string): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) look(place, item, where);
      return;
    }
    const known: readonly string[] = attributes[place];
    for (const [name, member] of Object.entries(value)) {
      if (!known.includes(name)) notes.push(sentence(name, known, where));
      else if (name === 'iceberg') look('iceberg', member, '"iceberg"');
      else if (name === 'partition-spec' || name === 'sort-order') look(name, member, `"${name}"`);
      else if (name === 'fields') {
        for (const field of member as { name: string }[]) look('field', field, `field "${field.name}"`);
      } else if (name === 'type' || name === 'items' || name === 'values') look('type', member, where);
    }
  }
}

function sentence(name: string, known: readonly string[], where: string): string {
  const meant = known.find((one) => distance(one.toLowerCase(), name.toLowerCase()) <= 2);
  return `${where}: "${name}" means nothing here${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

/** How many letters must be added, left out or changed to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, above[j]! + 1, row[j - 1]! + 1));
    }
  }
  return row[b.length]!;
}
