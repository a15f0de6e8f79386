import { expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import {
  databaseGrants,
  mayQuery,
  mayTouchFiles,
  narrow,
  tableGrants,
  visibleColumns,
  visibleIds,
} from '../../lake/grants.ts';
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

test('a column is known by its id; what no contract knows is hidden from the analyst', () => {
  expect(visibleIds(visit, 'analyst')).toEqual(new Set([1, 2, 3]));
  expect(visibleIds(undefined, 'analyst')).toEqual(new Set());
  expect(visibleIds(undefined, 'engineer')).toBe('all');
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
