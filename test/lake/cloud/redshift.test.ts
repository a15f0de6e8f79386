import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contractView, redshiftStatements } from '../../../lake/cloud/redshift.ts';
import { parseContract } from '../../../lake/contract.ts';
import { contracts } from '../../../schemas/index.ts';

const folder = new URL('../../../queries/redshift/', import.meta.url);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => ({ name: file.replace('.sql', ''), sql: readFileSync(new URL(file, folder), 'utf8') }));
const names = {
  role: 'arn:aws:iam::123456789012:role/redshift',
  stream: 'firn-dev-events',
  defaultTable: 'web_log',
  engineer: 'firn-dev-engineer-1',
};
const shipped = ['app_event', 'clickstream', 'ecommerce_event', 'rejected', 'web_log'];
const statements = redshiftStatements(
  files,
  [...contracts.values()].filter(({ table }) => shipped.includes(table)),
  names,
);

test('statements run in an order in which each finds what it needs', () => {
  const order = statements.map(({ name }) => name);
  expect(order.slice(0, 5)).toEqual(['1-kinesis', '2-landing', 'drop views', '3-events', '4-clickstream']);
  expect(order.slice(5, -2).sort()).toEqual(['app_event', 'ecommerce_event', 'web_log']);
  expect(order.slice(-2)).toEqual(['8-user', '9-grants']);
});

test('names are filled in, and one that is not known is an error', () => {
  const all = statements.map(({ sql }) => sql).join('\n');
  expect(all).not.toContain('${');
  expect(all).toContain(`IAM_ROLE '${names.role}'`);
  expect(all).toContain('FROM kinesis."firn-dev-events"');
  expect(all).toContain('TO "IAMR:firn-dev-engineer-1"');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in a file
  const odd = [{ name: '1-odd', sql: 'SELECT ${nobody}' }];
  expect(() => redshiftStatements(odd, [], names)).toThrow(
    'queries/redshift/1-odd: nothing is known by the name of nobody',
  );
});

test('a view has every column of its contract, with its type and its other names', () => {
  const contract = parseContract(
    {
      type: 'record',
      name: 'Sale',
      fields: [
        { name: 'customer_id', type: 'string', 'field-id': 3, aliases: ['customerId'] },
        {
          name: 'price',
          type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
          'field-id': 4,
        },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 5, epoch: 's' },
        { name: 'tags', type: { type: 'array', items: 'string', 'element-id': 7 }, 'field-id': 6 },
      ],
    },
    'sale.avsc',
  );
  expect(contractView(contract)).toBe(`CREATE VIEW public."sale" AS
SELECT
  event_id,
  received_at,
  COALESCE(event."customer_id"::VARCHAR(65535), event."customerId"::VARCHAR(65535)) AS "customer_id",
  event."price"::DECIMAL(9, 2) AS "price",
  CASE WHEN JSON_TYPEOF(event."at") = 'number' THEN TIMESTAMP 'epoch' + event."at"::FLOAT8 / 1 * INTERVAL '1 second' ELSE event."at"::VARCHAR(64)::TIMESTAMPTZ AT TIME ZONE 'UTC' END AS "at",
  event."tags" AS "tags"
FROM public.events
WHERE table_name = 'sale'`);
});
