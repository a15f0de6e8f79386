import { expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import {
  databaseGrants,
  mayQuery,
  maySeeRow,
  mayTouchFiles,
  narrow,
  tableGrants,
  visibleColumns,
  visibleFields,
} from '../../lake/grants.ts';
import { icebergSchema } from '../../lake/iceberg.ts';
import { contracts } from '../../schemas/index.ts';

const visit = parseContract(
  {
    type: 'record',
    name: 'visit',
    fields: [
      { name: 'page', type: 'string', 'field-id': 3 },
      { name: 'ip', type: 'string', 'field-id': 4, pii: true },
      {
        name: 'people',
        'field-id': 5,
        type: {
          type: 'array',
          'element-id': 6,
          items: {
            type: 'record',
            name: 'person',
            fields: [
              { name: 'age', type: 'int', 'field-id': 7 },
              { name: 'mail', type: 'string', 'field-id': 8, pii: true },
            ],
          },
        },
      },
    ],
  },
  'visit.avsc',
);
const names = (role: 'engineer' | 'analyst') => visibleColumns(visit, role).map(({ name }) => name);

test('the engineer sees every column; the analyst those without personal data at any depth', () => {
  expect(names('engineer')).toEqual(['event_id', 'received_at', 'page', 'ip', 'people']);
  expect(names('analyst')).toEqual(['event_id', 'received_at', 'page']);
});

test('a column is known by its id, whatever it was called; what no contract knows is hidden from the analyst', () => {
  const { fields } = icebergSchema(visit);
  const seen = (role: 'engineer' | 'analyst', columns = fields, contract: typeof visit | undefined = visit) =>
    visibleFields(columns, contract, role).map(({ name }) => name);
  const renamed = fields.map((field) => ({ ...field, name: `old_${field.name}` }));
  expect(seen('analyst', renamed)).toEqual(['old_event_id', 'old_received_at', 'old_page']);
  expect(seen('analyst', [{ id: 99, name: 'dropped', required: false, type: 'string' }])).toEqual([]);
  expect(visibleFields(fields, undefined, 'analyst')).toEqual([]);
  expect(seen('engineer', renamed)).toHaveLength(5);
});

test('a column that once had a member that no contract knows is hidden whole', () => {
  const member = (id: number, name: string) => ({ id, name, required: false, type: 'string' });
  const contract = parseContract(
    {
      type: 'record',
      name: 'visit',
      fields: [
        {
          name: 'who',
          'field-id': 3,
          type: { type: 'record', name: 'who', fields: [{ name: 'role', type: 'string', 'field-id': 4 }] },
        },
      ],
    },
    'visit.avsc',
  );
  const who = (...fields: ReturnType<typeof member>[]) =>
    [{ id: 3, name: 'who', required: false, type: { type: 'struct', fields } }] as const;
  expect(visibleFields(who(member(4, 'role')), contract, 'analyst')).toHaveLength(1);
  expect(visibleFields(who(member(4, 'role'), member(5, 'mail')), contract, 'analyst')).toEqual([]);
});

test('a name that the contract hides is hidden under any id: another engine may count in its own way', () => {
  const field = { id: 3, name: 'IP', required: false, type: 'string' };
  expect(visibleFields([field], visit, 'analyst')).toEqual([]);
});

test('grants of a table: the analyst selects listed columns, the writer commits, the engineer does everything', () => {
  expect(tableGrants([visit])).toEqual([
    {
      role: 'engineer',
      table: 'visit',
      permissions: ['SELECT', 'DESCRIBE', 'INSERT', 'DELETE', 'ALTER', 'DROP'],
    },
    {
      role: 'analyst',
      table: 'visit',
      permissions: ['SELECT'],
      columns: ['event_id', 'received_at', 'page'],
    },
    { role: 'writer', table: 'visit', permissions: ['SELECT', 'DESCRIBE', 'INSERT', 'DELETE', 'ALTER'] },
  ]);
  expect(databaseGrants().find(({ role }) => role === 'analyst')).toEqual({
    role: 'analyst',
    permissions: ['DESCRIBE'],
  });
});

test('no grant of the analyst names a column that a contract calls personal', () => {
  for (const { role, table, columns } of tableGrants(contracts.values())) {
    if (role !== 'analyst') continue;
    const pii = contracts.get(table)!.fields.filter((field) => field.pii);
    expect(columns!.filter((column) => pii.some(({ name }) => name === column))).toEqual([]);
  }
});

test('a workgroup takes rights away and never gives any', () => {
  expect(narrow('engineer', 'firn-analyst')).toBe('analyst');
  expect(narrow('engineer', 'firn')).toBe('engineer');
  expect(narrow('analyst', 'firn')).toBe('analyst');
  expect(narrow('writer', 'firn-analyst')).toBe('writer');
});

test('files are the engineer’s; the writer asks nothing', () => {
  expect([mayTouchFiles('engineer'), mayTouchFiles('analyst'), mayTouchFiles('writer')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([mayQuery('engineer'), mayQuery('analyst'), mayQuery('writer')]).toEqual([true, true, false]);
});

test('rows are granted by a predicate over the columns that the contract names', () => {
  const fields = [
    { name: 'country', type: 'string', 'field-id': 3 },
    { name: 'paid', type: 'boolean', 'field-id': 4 },
  ];
  const filtered = parseContract(
    { type: 'record', name: 't', fields, 'row-filter': { country: ['NL', "d'E"], paid: [true] } },
    't.avsc',
  );
  const rows = tableGrants([filtered]).map(({ role, rows: predicate }) => [role, predicate]);
  expect(rows).toEqual([
    ['engineer', undefined],
    ['analyst', "country IN ('NL', 'd''E') AND paid IN (true)"],
    ['writer', undefined],
  ]);
  expect(maySeeRow(filtered, 'analyst', { country: 'NL', paid: true })).toBe(true);
  expect(maySeeRow(filtered, 'analyst', { country: 'NL' })).toBe(false);
  expect(maySeeRow(filtered, 'engineer', {})).toBe(true);
});
