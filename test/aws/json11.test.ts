import { describe, expect, it } from 'vitest';
import { ApiError, answerJson11, type Operations } from '../../local/aws/json11.ts';

const operations: Operations = {
  'Service.Echo': (input) => ({ Echo: input }),
  'Service.Refuse': () => {
    throw new ApiError('LimitException', 'too many', 400, { Limit: 3 });
  },
  'Service.Break': () => {
    throw new Error('a secret detail');
  },
};

async function ask(target: string | undefined, body: string | Uint8Array) {
  const bugs: unknown[] = [];
  const headers = { 'x-amz-target': target };
  const answer = await answerJson11(
    operations,
    { headers, body: Buffer.from(body) },
    { role: 'engineer' },
    'id-1',
    (bug) => bugs.push(bug),
  );
  return { ...answer, body: JSON.parse(answer.body), bugs };
}

describe('AWS JSON 1.1', () => {
  it('an operation is found by its target and answers JSON with a request id', async () => {
    const answer = await ask('Service.Echo', '{"a":1}');
    expect(answer).toMatchObject({ status: 200, body: { Echo: { a: 1 } } });
    expect(answer.headers).toEqual({
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': 'id-1',
    });
  });

  it('an empty body is an empty input', async () => {
    expect((await ask('Service.Echo', '')).body).toEqual({ Echo: {} });
  });

  it("the caller's errors carry type, message and details", async () => {
    expect(await ask('Service.Refuse', '{}')).toMatchObject({
      status: 400,
      body: { __type: 'LimitException', message: 'too many', Limit: 3 },
      bugs: [],
    });
  });

  it('our errors are told to the operator and hidden from the caller', async () => {
    const answer = await ask('Service.Break', '{}');
    expect(answer).toMatchObject({ status: 500, body: { __type: 'InternalServerException' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(answer.bugs).toHaveLength(1);
  });

  it.each([
    ['Service.Nothing', 'the operation Service.Nothing is not served here; supported: Service.Echo'],
    ['toString', 'the operation toString is not served here'],
    [undefined, 'a request without X-Amz-Target is not served here'],
  ])('an unknown operation (%s) is told with those that there are', async (target, message) => {
    const answer = await ask(target, '{}');
    expect(answer).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
    expect(answer.body.message).toContain(message);
  });

  it('CBOR, as the SDK for Java speaks it, is told from broken JSON', async () => {
    const headers = { 'x-amz-target': 'Service.Echo', 'content-type': 'application/x-amz-cbor-1.1' };
    const request = { headers, body: Buffer.from([0xbf, 0xff]) };
    const { status, body } = await answerJson11(operations, request, { role: 'engineer' }, 'id-1', () => {});
    expect([status, JSON.parse(body).message]).toEqual([400, expect.stringContaining('AWS_CBOR_DISABLE')]);
  });

  it.each(['{', '[1]', 'null', '"text"', Uint8Array.of(0x7b, 0xff, 0x7d)])(
    'a body that is no JSON object is refused: %j',
    async (body) => {
      expect(await ask('Service.Echo', body)).toMatchObject({
        status: 400,
        body: { __type: 'SerializationException' },
      });
    },
  );
});
