/** Whatever a client sends as updates is applied or refused; what comes out can be read again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IcebergSchema, IcebergType } from '../../lake/iceberg.ts';
import { parseJson, stringifyJson } from '../../local/iceberg/json.ts';
import {
  currentSchema,
  defaultSortOrder,
  defaultSpec,
  newMetadata,
  parseMetadata,
} from '../../local/iceberg/metadata.ts';
import { highestId } from '../../local/iceberg/schema.ts';
import { RestError } from '../../local/rest/errors.ts';
import { numberAnew, readSchema } from '../../local/rest/schema.ts';
import { planUpdates } from '../../local/rest/updates.ts';
import { columns } from './support.ts';

const directory = '/lake/firn/t';
const table = newMetadata(
  {
    schema: { ...columns('a', 'b'), 'schema-id': 0 } as IcebergSchema,
    spec: { 'spec-id': 0, fields: [] },
    sortOrder: { 'order-id': 0, fields: [] },
    properties: {},
  },
  { uuid: '9c12d441-03fe-4693-9a96-a0705ddf69c1', location: `file://${directory}`, nowMs: 1000 },
);

const small = fc.integer({ min: -2, max: 4 });
const junk = fc.oneof(fc.jsonValue(), small, fc.constantFrom('main', 'a', '__proto__', 'identity', -1));
const field = fc.record({
  id: small,
  name: fc.constantFrom('a', 'b', 'c'),
  required: fc.boolean(),
  type: fc.constantFrom('string', 'long', 'x'),
});
/** Updates that are nearly right, and updates that are anything. */
const update = fc.oneof(
  fc.record({
    action: fc.constant('add-schema'),
    schema: fc.record({
      type: fc.constant('struct'),
      'schema-id': small,
      fields: fc.array(field, { maxLength: 4 }),
    }),
  }),
  fc.record({ action: fc.constant('set-current-schema'), 'schema-id': small }),
  fc.record({
    action: fc.constant('add-spec'),
    spec: fc.record({
      'spec-id': small,
      fields: fc.array(
        fc.record({
          'source-id': small,
          name: fc.string(),
          transform: fc.constantFrom('identity', 'day', '?'),
        }),
        { maxLength: 2 },
      ),
    }),
  }),
  fc.record({ action: fc.constant('set-default-spec'), 'spec-id': small }),
  fc.record({ action: fc.constant('remove-schemas'), 'schema-ids': fc.array(small) }),
  fc.record({ action: fc.constant('remove-partition-specs'), 'spec-ids': fc.array(small) }),
  fc.record({ action: fc.constant('set-properties'), updates: fc.dictionary(fc.string(), fc.string()) }),
  fc.record({ action: fc.constant('remove-properties'), removals: fc.array(fc.string()) }),
  fc.record({
    action: fc.constantFrom(
      'add-snapshot',
      'set-snapshot-ref',
      'remove-snapshots',
      'set-statistics',
      'add-sort-order',
      'set-location',
    ),
    snapshot: junk,
    'ref-name': junk,
    'snapshot-id': junk,
    'snapshot-ids': junk,
    statistics: junk,
    'sort-order': junk,
    location: junk,
  }),
  fc.dictionary(fc.constantFrom('action', 'schema', 'spec'), junk),
  junk,
);

function isReadable(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

test('any updates lead to metadata that can be read, or to a refusal with a reason', () => {
  fc.assert(
    fc.property(fc.array(update, { maxLength: 6 }), (updates) => {
      const text = JSON.stringify(updates);
      // A snapshot id that is no number is refused with the body.
      fc.pre(isReadable(text));
      const sent = parseJson(text) as unknown[];
      try {
        const { after } = planUpdates(table, sent, directory);
        const read = parseMetadata(stringifyJson(after), 'v2.metadata.json');
        for (const find of [currentSchema, defaultSpec, defaultSortOrder]) find(read);
        expect(read['last-column-id']).toBeGreaterThanOrEqual(highestId(currentSchema(read)));
      } catch (error) {
        expect(error).toBeInstanceOf(RestError);
        expect((error as RestError).message).toMatch(/^update \d+: ./);
      }
    }),
    { numRuns: 500 },
  );
});

const type: fc.Arbitrary<IcebergType> = fc.letrec((tie) => ({
  type: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('long', 'string'),
    fc.record({
      type: fc.constant('list'),
      'element-id': fc.nat(),
      element: tie('type'),
      'element-required': fc.boolean(),
    }),
    fc.record({
      type: fc.constant('map'),
      'key-id': fc.nat(),
      key: fc.constant('string'),
      'value-id': fc.nat(),
      value: tie('type'),
      'value-required': fc.boolean(),
    }),
    fc.record({ type: fc.constant('struct'), fields: fc.array(tie('field'), { maxLength: 3 }) }),
  ),
  field: fc.record({ id: fc.nat(), name: fc.uuid(), required: fc.boolean(), type: tie('type') }),
})).type as fc.Arbitrary<IcebergType>;

/** Ids as some client may have given them: each once, in no order. */
function withOwnIds<T>(fields: T): T {
  let next = 1000;
  const text = JSON.stringify(fields).replace(/id":\d+/g, () => {
    next -= 7;
    return `id":${next}`;
  });
  return JSON.parse(text) as T;
}

test('a schema that is numbered anew has the ids from 1 on, each once, and is the same otherwise', () => {
  const withoutIds = (schema: object): string => JSON.stringify(schema).replace(/"(\w+-)?id":\d+/g, '');
  fc.assert(
    fc.property(fc.array(type, { minLength: 1, maxLength: 4 }), (types) => {
      const given = types.map((own, i) => ({ id: 0, name: `c${i}`, required: false, type: own }));
      const fields = withOwnIds(given);
      const { schema } = numberAnew({ type: 'struct', 'schema-id': 0, fields });
      const ids = [...JSON.stringify(schema).matchAll(/"(?:element-|key-|value-)?id":(\d+)/g)].map(([, id]) =>
        Number(id),
      );
      expect(ids.sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1));
      expect(withoutIds(schema)).toBe(withoutIds({ type: 'struct', 'schema-id': 0, fields }));
      expect(readSchema(JSON.parse(JSON.stringify(schema)))).toEqual(schema);
    }),
  );
});
