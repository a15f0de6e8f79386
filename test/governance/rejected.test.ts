/** What analysts read in `rejected`: `field` may name a column that they do not see, and holds nothing of the client's. */
import { expect, it } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { Rejection } from '../../lake/errors.ts';
import { compileRow } from '../../lake/json-row.ts';
import { marker } from './secrets.ts';

const { fields } = parseContract(
  {
    type: 'record',
    name: 'visit',
    fields: [
      { name: 'ip', type: ['null', 'string'], default: null, 'field-id': 3, pii: true },
      {
        name: 'traits',
        type: ['null', { type: 'map', values: 'int', 'key-id': 5, 'value-id': 6 }],
        default: null,
        'field-id': 4,
        pii: true,
      },
      { name: 'at', type: { type: 'int', logicalType: 'date' }, 'field-id': 7, pii: true },
    ],
  },
  'visit.avsc',
);

it.each([
  [{ ip: { [marker]: marker } }, 'ip'],
  [{ traits: { [marker]: marker } }, 'traits.value'],
  [{ traits: { [marker]: null } }, 'traits.value'],
  [{ traits: marker }, 'traits'],
  [{ at: marker }, 'at'],
])('%j is rejected for %s, and neither field nor reason repeats what came', (event, field) => {
  const rejection = compileRow(fields)({
    event_id: 'e',
    received_at: '2026-01-15T00:00:00Z',
    at: '2026-01-15',
    ...event,
  });
  expect(rejection).toBeInstanceOf(Rejection);
  expect(rejection).toMatchObject({ field, reason: expect.not.stringContaining(marker) });
});
