import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { describeTrace, readTrace } from '../../scripts/trace/trace.ts';

const log = {
  number: 7,
  shardId: 'shardId-000000000001',
  sequenceNumber: '49',
  partitionKey: 'k',
  arrivalMs: 0,
  raw: '{}',
};

test('a row is told with its place in the log, its snapshot and its file', () => {
  const rows = [{ table: 'web_log', row: {}, file: 'firn/web_log/data/a.parquet', snapshotId: '12' }];
  expect(describeTrace({ eventId: 'e', log, delivered: true, rows })).toBe(`\
log       record 7, shardId-000000000001, 49
arrived   1970-01-01T00:00:00.000Z
verdict   a row of web_log
snapshot  12
file      firn/web_log/data/a.parquet`);
});

test('a rejection is told with code, field and reason', () => {
  const row = { code: 'wrong_type', field: 'user_id', reason: 'expected a string' };
  const text = describeTrace({ eventId: 'e', rows: [{ table: 'rejected', row }] });
  expect(text).toContain('log       its record is not kept any more');
  expect(text).toContain('verdict   rejected: wrong_type of user_id: expected a string');
});

test('an event that is on its way is said to be, and so is one that is nowhere', () => {
  expect(describeTrace({ eventId: 'e', log, delivered: false, rows: [] })).toContain('verdict   in flight');
  expect(describeTrace({ eventId: 'e', rows: [] })).toBe(
    'e: not in the tables, nor in what the log still has',
  );
});

test('where nothing listens, the command says how to start one', async () => {
  await expect(readTrace('http://127.0.0.1:1', 'e', {})).rejects.toThrow('start one with npm start');
});

test('a lakehouse that takes no access key of ours: the command says how to get one', async () => {
  const server = createServer((_, response) => void response.writeHead(401).end('{"message": "sign in"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(readTrace(endpoint, 'e', {})).rejects.toThrow(
    /^sign in; the lakehouse has access keys: set AWS_ACC/,
  );
  server.closeAllConnections();
  server.close();
});
