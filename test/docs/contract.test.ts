import { expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { compileTransform } from '../../lake/transform.ts';
import { fencedBlocks } from './markdown.ts';

test("the README's new table takes events", () => {
  const [, schema = ''] = fencedBlocks('README.md', 'json');
  const contract = parseContract(JSON.parse(schema), 'README.md');
  expect(rowOf(contract, { $table: 'page_rating', user_id: 'ada', page: '/', stars: 5 })).toEqual({
    table: 'page_rating',
    row: { event_id: 'record', received_at: arrivalMs * 1000, user_id: 'ada', page: '/', stars: 5 },
  });
});

test('the page about schema files shows a valid one, and an event for it', () => {
  const [schema = '', event = ''] = fencedBlocks('docs/contract.md', 'json');
  const contract = parseContract(JSON.parse(schema), 'docs/contract.md');
  expect(rowOf(contract, JSON.parse(event))).toEqual({
    table: 'search',
    row: {
      event_id: 'record',
      received_at: arrivalMs * 1000,
      user_id: 'ada',
      searched_at: 1_768_469_400_000_000,
      words: ['red', 'shoes'],
    },
  });
});

const arrivalMs = Date.UTC(2026, 0, 15, 10);

function rowOf(contract: ReturnType<typeof parseContract>, event: object) {
  const transform = compileTransform({
    contracts: new Map([[contract.table, contract]]),
    published: [],
    defaultTable: 'web_log',
  });
  return transform({
    bytes: Buffer.from(JSON.stringify(event)),
    arrivalMs,
    stream: undefined,
    shardId: undefined,
    sequenceNumber: undefined,
    recordId: 'record',
  });
}
