import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  checkHistory,
  generateIndex,
  hashSchemas,
  historyName,
  newHistory,
  parseHistory,
  parseSchemas,
  type SchemaFile,
} from '../../lake/schemas.ts';
import { checkFresh, readSchemaFiles, schemasFolder } from '../../local/schema-folder.ts';
import { hash } from '../../schemas/index.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

function file(change: object = {}, name = 'order.avsc'): SchemaFile {
  const field = { name: 'id', type: 'string', 'field-id': 3 };
  return { name, text: JSON.stringify({ type: 'record', name: 'order', fields: [field], ...change }) };
}

const stamped = (logicalType: string): SchemaFile =>
  file({ fields: [{ name: 'at', type: { type: 'long', logicalType }, 'field-id': 3 }] });

test('the generated file is made from the schemas that are there', () => {
  expect(() => checkFresh(hash)).not.toThrow();
});

test('a changed schema is told, with the command that mends it', () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'history'));
  writeFileSync(path.join(folder, 'order.avsc'), file().text);
  const made = hashSchemas(readSchemaFiles(folder), []);
  expect(() => checkFresh(made, folder)).not.toThrow();
  writeFileSync(path.join(folder, 'order.avsc'), file({ doc: 'changed' }).text);
  expect(() => checkFresh(made, folder)).toThrow(
    'older than the .avsc files that it is made from; run: npm run schemas',
  );
});

test('what is generated from the shipped files is what is committed', () => {
  const files = readSchemaFiles(schemasFolder);
  const kept = readSchemaFiles(path.join(schemasFolder, 'history'));
  const contracts = parseSchemas(files);
  expect(newHistory(contracts.values(), parseHistory(kept))).toEqual([]);
  expect(generateIndex(contracts, parseHistory(kept), hashSchemas(files, kept))).toContain(`'${hash}'`);
});

test('a file must have the name of its table, and be JSON', () => {
  expect(() => parseSchemas([file({}, 'orders.avsc')])).toThrow(
    'schemas/orders.avsc: the record\'s name makes the table "order"',
  );
  expect(() => parseSchemas([{ name: 'order.avsc', text: '{' }])).toThrow('schemas/order.avsc: is not JSON');
});

test('a new schema is published once, and stays what it was', () => {
  const contracts = parseSchemas([file()]);
  const [added] = newHistory(contracts.values(), []);
  expect(added!.name).toBe(historyName('order', contracts.get('order')!.fingerprint));
  expect(newHistory(contracts.values(), parseHistory([added!]))).toEqual([]);
  const tampered = { name: added!.name, text: added!.text.replace('"id"', '"other"') };
  expect(() => parseHistory([tampered])).toThrow('was changed after it was published');
});

test('a schema that differs in logical types alone is refused: its messages could not be told apart', () => {
  const published = parseHistory(newHistory(parseSchemas([stamped('timestamp-micros')]).values(), []));
  expect(() => newHistory(parseSchemas([stamped('timestamp-millis')]).values(), published)).toThrow(
    'but other logical types, so that Avro messages of both could not be told apart',
  );
});

test('a contract that cannot follow what was published is refused, with field and rule', () => {
  const published = parseHistory(newHistory(parseSchemas([file()]).values(), []));
  const required = { name: 'note', type: 'string', 'field-id': 4 };
  const contracts = parseSchemas([
    file({ fields: [{ name: 'id', type: 'string', 'field-id': 3 }, required] }),
  ]);
  expect(() => checkHistory(contracts, published)).toThrow('note: a new field must be optional');
  const optional = { ...required, type: ['null', 'string'] };
  const allowed = parseSchemas([file({ fields: [{ name: 'id', type: 'string', 'field-id': 3 }, optional] })]);
  expect(() => checkHistory(allowed, published)).not.toThrow();
});

test('a former schema is kept for the producers that still write with it', () => {
  const before = newHistory(parseSchemas([file()]).values(), []);
  const contracts = parseSchemas([
    file({
      fields: [
        { name: 'id', type: 'string', 'field-id': 3 },
        { name: 'note', type: ['null', 'string'], default: null, 'field-id': 4 },
      ],
    }),
  ]);
  const history = parseHistory([...before, ...newHistory(contracts.values(), parseHistory(before))]);
  expect(generateIndex(contracts, history, 'x').match(/"fingerprint":"[0-9a-f]{16}"/g)).toEqual([
    `"fingerprint":"${history[0]!.fingerprint}"`,
  ]);
});
