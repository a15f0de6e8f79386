import { afterEach, expect, test, vi } from 'vitest';
import { handler } from '../../functions/transform.ts';
import { parseContract } from '../../lake/contract.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('../../schemas/index.ts');
  vi.resetModules();
});

async function verdicts(...texts: string[]): Promise<Record<string, unknown>[]> {
  return await verdictsOf(handler, ...texts);
}

async function verdictsOf(transform: typeof handler, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const records = texts.map((text, i) => ({
    recordId: String(i),
    approximateArrivalTimestamp: 1_767_323_045_000,
    data: Buffer.from(text).toString('base64'),
  }));
  const answer = await transform({ invocationId: '', deliveryStreamArn: '', region: '', records });
  return answer.records.map(({ result, data }) =>
    data === undefined ? { result } : JSON.parse(Buffer.from(data, 'base64').toString()),
  );
}

const enveloped = (data: string): string =>
  `{"$firn":1,"id":"r-0","route":"record","ip":"","ua":"","key":"local","at":1,"data":${data}}`;

test('raw is the event as it came, to the last digit', async () => {
  const came = '{ "$table":"ecommerce_event", "quantity":9007199254740993, "price":1e999 }';
  expect((await verdicts(enveloped(came)))[0]!.raw).toBe(came);
});

test('an envelope around deep nesting is a verdict of its own and no bug', async () => {
  const deep = '['.repeat(300_000) + ']'.repeat(300_000);
  const [first, second] = await verdicts(enveloped(deep), enveloped('{}'));
  expect(first).toMatchObject({ code: 'not_object' });
  expect(second).toMatchObject({ code: 'missing_field' });
});

test('a flood of large rejections stays within the answer', async () => {
  const large = enveloped(JSON.stringify({ user_id: '"'.repeat(30_000) }));
  const codes = (await verdicts(...new Array<string>(48).fill(large))).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(['missing_field']));
});

/** The transform of a stage whose table `profile` replaces rows, as a delivery stream of its own is given it. */
async function transformWith(environment: Record<string, string>): Promise<typeof handler> {
  const profile = parseContract(
    {
      type: 'record',
      name: 'profile',
      fields: [{ name: 'user_id', type: 'string', 'field-id': 3 } as never],
      write: 'upsert',
      identifier: ['user_id'],
    },
    'profile.avsc',
  );
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  vi.doMock('../../schemas/index.ts', async (original) => {
    const real = await original<typeof import('../../schemas/index.ts')>();
    return { ...real, contracts: new Map([...real.contracts, ['profile', profile]]) };
  });
  return (await import('../../functions/transform.ts')).handler;
}

const replaced = '{"$table":"profile","user_id":"ada"}';
const broken = '{"$table":"profile"}';

test('of a stream that two read, each leaves the rows of the other, and one of them has the rejections', async () => {
  const append = await transformWith({ FIRN_WRITES: 'append' });
  const [left, rejected] = await verdictsOf(append, replaced, broken);
  expect(left).toEqual({ result: 'Dropped' });
  expect(rejected).toMatchObject({ code: 'missing_field', table_name: 'profile' });
  const upsert = await transformWith({ FIRN_WRITES: 'upsert' });
  const [row, other] = await verdictsOf(upsert, replaced, broken);
  expect(row).toMatchObject({ user_id: 'ada' });
  expect(other).toEqual({ result: 'Dropped' });
});

test('a row that is put into the wrong one of two direct streams is rejected, with the name of the right one', async () => {
  const direct = await transformWith({ FIRN_WRITES: 'append', FIRN_OTHERS_GO_TO: 'firn-dev-direct-upserts' });
  const [rejected, ...others] = await verdictsOf(direct, replaced, broken, 'no JSON');
  expect(rejected).toMatchObject({
    code: 'wrong_stream',
    reason: 'rows of profile replace others: expected them in the delivery stream firn-dev-direct-upserts',
    table_name: 'profile',
    raw: replaced,
  });
  expect(others.map(({ code }) => code)).toEqual(['missing_field', 'not_json']);
});
