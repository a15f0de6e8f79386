import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSchemas } from '../../lake/evolution.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import { currentSchema } from '../../local/iceberg/metadata.ts';
import { temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const temporary = temporaryHome();

const optional = (id: number, name: string, type: IcebergField['type']): IcebergField => ({
  id,
  name,
  required: false,
  type,
});
const struct = (...fields: IcebergField[]) => ({ type: 'struct', fields }) as const;
const list = (id: number, element: IcebergField['type']) =>
  ({ type: 'list', 'element-id': id, element, 'element-required': false }) as const;
const map = (key: number, value: number, type: IcebergField['type']) =>
  ({
    type: 'map',
    'key-id': key,
    key: 'string',
    'value-id': value,
    value: type,
    'value-required': false,
  }) as const;

const before: IcebergSchema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    optional(1, 'id', 'int'),
    optional(
      2,
      'item',
      struct(
        optional(3, 'sku', 'string'),
        optional(4, 'count', 'int'),
        optional(5, 'gone', 'string'),
        optional(6, 'inner', struct(optional(7, 'a', 'string'))),
      ),
    ),
    optional(8, 'parts', list(9, struct(optional(10, 'name', 'string'), optional(11, 'size', 'int')))),
    optional(12, 'tags', map(13, 14, struct(optional(15, 'weight', 'float')))),
    optional(16, 'lonely', struct(optional(17, 'x', 'string'))),
  ],
};
/** Members renamed (one to the name of a dropped one), reordered, widened, added and dropped, at every depth. */
const after: IcebergSchema = {
  type: 'struct',
  'schema-id': 1,
  fields: [
    optional(1, 'id', 'long'),
    optional(
      2,
      'article',
      struct(
        optional(4, 'quantity', 'long'),
        optional(3, 'gone', 'string'),
        optional(20, 'count', 'string'),
        optional(6, 'inner', struct(optional(21, 'b', 'int'), optional(7, 'text', 'string'))),
      ),
    ),
    optional(8, 'parts', list(9, struct(optional(11, 'size', 'long'), optional(10, 'label', 'string')))),
    optional(12, 'tags', map(13, 14, struct(optional(15, 'mass', 'double')))),
    optional(16, 'lonely', struct(optional(22, 'y', 'string'))),
  ],
};

let lake: IcebergLake;
beforeAll(async () => {
  lake = await openIcebergLake(temporary);
  await lake.create('evolved', before);
});
afterAll(() => lake.close());

describe('files written under older schemas are read by field id', () => {
  it('at every depth, beside files of the new schema', async () => {
    const first = await lake.append('evolved', [
      {
        id: 1,
        item: { sku: 's', count: 3, gone: 'old', inner: { a: 'deep' } },
        parts: [{ name: 'p', size: 2 }, null],
        tags: { k: { weight: 0.5 } },
        lonely: { x: 'x' },
      },
      { id: 2, item: { sku: null, inner: null }, parts: [] },
    ]);
    expect(
      compareSchemas(currentSchema(first.metadata), after, first.metadata.schemas, new Set()).faults,
    ).toEqual([]);
    await lake.change(
      'evolved',
      { action: 'add-schema', schema: after },
      { action: 'set-current-schema', 'schema-id': -1 },
    );
    await lake.append('evolved', [
      {
        id: 3,
        article: { quantity: 5_000_000_000, gone: 'sku', count: 'c', inner: { b: 1, text: 't' } },
        parts: [{ size: 6_000_000_000, label: 'l' }],
        tags: { k: { mass: 1.5 } },
        lonely: { y: 'y' },
      },
    ]);
    expect(await lake.query('SELECT * FROM evolved ORDER BY id')).toEqual([
      [
        '1',
        '{quantity=3, gone=s, count=null, inner={b=null, text=deep}}',
        '[{size=2, label=p}, null]',
        '{k={mass=0.5}}',
        '{y=null}',
      ],
      ['2', '{quantity=null, gone=null, count=null, inner=null}', '[]', null, null],
      [
        '3',
        '{quantity=5000000000, gone=sku, count=c, inner={b=1, text=t}}',
        '[{size=6000000000, label=l}]',
        '{k={mass=1.5}}',
        '{y=y}',
      ],
    ]);
  });

  it('filters on renamed members find the rows of old files', async () => {
    expect(await lake.query("SELECT id FROM evolved WHERE article.inner.text = 'deep'")).toEqual([['1']]);
    expect(await lake.query('SELECT id FROM evolved WHERE article.quantity > 2 ORDER BY 1')).toEqual([
      ['1'],
      ['3'],
    ]);
  });
});
