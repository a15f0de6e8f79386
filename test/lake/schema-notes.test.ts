import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { strayAttributes } from '../../lake/schema-notes.ts';
import { root } from '../docs/markdown.ts';

test('attributes that mean nothing are told, with what was meant', () => {
  const schema = {
    type: 'record',
    name: 'page',
    icebergs: {},
    iceberg: { partitions: [], 'partition-spec': [{ source: 'at', transfrom: 'day' }] },
    fields: [
      { name: 'email', type: ['null', 'string'], pi: true },
      { name: 'at', type: { type: 'long', logicaltype: 'timestamp-micros' } },
      {
        name: 'event',
        type: { type: 'record', name: 'e', fields: [{ name: 'a', type: 'int', fieldId: 3 }] },
      },
      { name: 'note', type: 'string', colour: 'red' },
    ],
  };
  expect(strayAttributes(schema)).toEqual([
    'the record: "icebergs" means nothing here; did you mean "iceberg"?',
    '"iceberg": "partitions" means nothing here',
    '"partition-spec": "transfrom" means nothing here; did you mean "transform"?',
    'field "email": "pi" means nothing here; did you mean "pii"?',
    'field "at": "logicaltype" means nothing here; did you mean "logicalType"?',
    'field "a": "fieldId" means nothing here; did you mean "field-id"?',
    'field "note": "colour" means nothing here',
  ]);
});

test('those of the schemas that ship all mean something', () => {
  const folder = path.join(root, 'schemas');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.avsc'))) {
    const schema: unknown = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    expect([name, ...strayAttributes(schema)]).toEqual([name]);
  }
});
