import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';

async function verdicts(...texts: string[]): Promise<Record<string, unknown>[]> {
  const records = texts.map((text, i) => ({
    recordId: String(i),
    approximateArrivalTimestamp: 1_767_323_045_000,
    data: Buffer.from(text).toString('base64'),
  }));
  const answer = await handler({ invocationId: '', deliveryStreamArn: '', region: '', records });
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
