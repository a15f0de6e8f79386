import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, order, readRows, visit } from './lakehouse.ts';

/** Files of error objects below a folder, with their lines. */
function errorObjects(home: string, kind: string): { file: string; lines: Record<string, unknown>[] }[] {
  return readdirSync(path.join(home, 'errors'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes(kind))
    .map((entry) => ({
      file: path.relative(home, path.join(entry.parentPath, entry.name)),
      lines: readFileSync(path.join(entry.parentPath, entry.name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    }));
}

const decode = (data: string | undefined) => JSON.parse(Buffer.from(data!, 'base64').toString());
const encode = (row: unknown): string => Buffer.from(JSON.stringify(row)).toString('base64');

/** The shipped transform, with its answers changed for chosen events. */
function changing(
  change: (id: string, record: Awaited<ReturnType<Handler>>['records'][number]) => void,
): Handler {
  return async (event) => {
    const answer = await handler(event);
    for (const record of answer.records) change(decode(record.data).event_id, record);
    return answer;
  };
}

test('events of one put go to their tables, and the bad ones to the table of rejections', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler);
  await lakehouse.put([visit('v-1'), order('o-1'), visit('b-1', { ip: 7 }), visit('v-2')]);
  await lakehouse.finish();
  expect(await readRows(home, 'web_log', 'event_id, user_id, "timestamp"::VARCHAR')).toEqual([
    ['v-1', 'u-1', '2026-01-02 03:04:05'],
    ['v-2', 'u-1', '2026-01-02 03:04:05'],
  ]);
  expect(await readRows(home, 'ecommerce_event', 'event_id, event_type')).toEqual([['o-1', 'purchase']]);
  expect(await readRows(home, 'rejected', 'event_id, code, field')).toEqual([['b-1', 'wrong_type', 'ip']]);
  expect(lakehouse.delivery.done.sums).toEqual({
    records: 4,
    rows: { web_log: 2, ecommerce_event: 1, rejected: 1 },
    dropped: 0,
    failed: 0,
  });
});

test('a table knows the round of its last commit, by snapshot and by property', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler);
  await lakehouse.put([visit('v-1')]);
  await lakehouse.finish();
  const { metadata } = (await loadTable(nodeDisk, path.join(home, 'warehouse/firn/web_log')))!;
  const { id } = lakehouse.log.identity;
  expect(metadata.snapshots.at(-1)!.summary).toMatchObject({ 'firn.log': id, 'firn.round': '1' });
  expect(JSON.parse(metadata.properties[`firn.progress.${id}`]!)).toEqual({ round: 1, to: 1 });
});

test('a transform that throws is tried again, and then its records are error objects', async () => {
  const home = temporaryFolder();
  let calls = 0;
  const broken: Handler = async () => {
    calls += 1;
    throw new Error('out of luck');
  };
  const lakehouse = await openLakehouse(home, broken, { settings: { transformRetries: 2 } });
  await lakehouse.put([visit('v-1'), visit('v-2')]);
  await lakehouse.finish();
  expect(calls).toBe(3);
  const [object] = errorObjects(home, 'processing-failed');
  expect(object!.file).toMatch(
    /^errors\/processing-failed\/\d{4}\/\d\d\/\d\d\/\d\d\/firn-events-1-[\d-]{19}-[0-9a-f-]{36}$/,
  );
  expect(object!.lines).toMatchObject([
    { errorCode: 'Lambda.FunctionError', errorMessage: 'out of luck', attemptsMade: 3 },
    { errorCode: 'Lambda.FunctionError' },
  ]);
  expect(decode(object!.lines[0]!.rawData as string)).toMatchObject({ event_id: 'v-1' });
  expect(lakehouse.delivery.done.sums).toEqual({ records: 2, rows: {}, dropped: 0, failed: 2 });
});

test('dropped and failed records have their verdicts, and the others their rows', async () => {
  const home = temporaryFolder();
  const picky = changing((id, record) => {
    if (id === 'drop') record.result = 'Dropped';
    if (id === 'fail') record.result = 'ProcessingFailed';
    if (id === 'lost') record.recordId = 'of nobody';
    if (id === 'nowhere')
      record.metadata!.otfMetadata = { ...record.metadata!.otfMetadata, destinationTableName: 'x' };
  });
  const lakehouse = await openLakehouse(home, picky);
  await lakehouse.put(['drop', 'fail', 'lost', 'nowhere', 'good'].map((id) => visit(id)));
  await lakehouse.finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['good']]);
  const codes = (kind: string) =>
    errorObjects(home, kind).flatMap(({ lines }) => lines.map((line) => line.errorCode));
  expect(codes('processing-failed')).toEqual(['Lambda.ProcessingFailedStatus', 'Lambda.MissingRecordId']);
  expect(codes('iceberg-failed')).toEqual(['Iceberg.NoSuchTable']);
  expect(lakehouse.delivery.done.sums).toEqual({ records: 5, rows: { web_log: 1 }, dropped: 1, failed: 3 });
});

test('rows are coerced as Firehose coerces them; one that fits no column fails alone', async () => {
  const home = temporaryFolder();
  const loose = changing((id, record) => {
    const row = decode(record.data);
    if (id === 'iso') record.data = encode({ ...row, timestamp: '2026-01-02T03:04:05.5Z' });
    if (id === 'extra') record.data = encode({ ...row, unknown: { is: 'skipped' } });
    if (id === 'late') record.data = encode({ ...row, timestamp: 'late' });
    if (id === 'hollow') record.data = encode({ ...row, user_id: null });
    if (id === 'list') record.data = encode([row]);
    if (id === 'torn') record.data = Buffer.from('{"event_id":').toString('base64');
    if (id === 'pretty') record.data = Buffer.from(`${JSON.stringify(row, null, 2)}\n`).toString('base64');
  });
  const lakehouse = await openLakehouse(home, loose);
  await lakehouse.put(
    ['iso', 'extra', 'late', 'hollow', 'list', 'torn', 'pretty', 'good'].map((id) => visit(id)),
  );
  await lakehouse.finish();
  expect(await readRows(home, 'web_log', 'event_id, "timestamp"::VARCHAR')).toEqual([
    ['extra', '2026-01-02 03:04:05'],
    ['good', '2026-01-02 03:04:05'],
    ['iso', '2026-01-02 03:04:05.5'],
    ['pretty', '2026-01-02 03:04:05'],
  ]);
  const lines = errorObjects(home, 'iceberg-failed').flatMap((object) => object.lines);
  expect(lines.map((line) => line.errorMessage)).toEqual([
    'column timestamp cannot take this value: expected timestamp',
    'column user_id is required, but null or absent',
    'the row is not one JSON object',
    'the row is not JSON',
  ]);
  expect(lakehouse.delivery.done.sums).toEqual({ records: 8, rows: { web_log: 4 }, dropped: 0, failed: 4 });
});

test('a commit touches no more partitions than the setting says; the rest follows, in order', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler, { settings: { partitionsPerCommit: 3 } });
  const events = Array.from({ length: 20 }, (_, i) => visit(`v-${i}`, { event: `kind ${i % 10}` }));
  await lakehouse.put([...events, order('o-1'), visit('b-1', { uri: null })]);
  await lakehouse.finish();
  expect((await readRows(home, 'web_log', 'event_id')).length).toBe(20);
  expect((await readRows(home, 'ecommerce_event', 'event_id')).length).toBe(1);
  expect((await readRows(home, 'rejected', 'event_id')).length).toBe(1);
  const { metadata } = (await loadTable(nodeDisk, path.join(home, 'warehouse/firn/web_log')))!;
  for (const { summary } of metadata.snapshots) {
    expect(Number(summary['changed-partition-count'])).toBeLessThanOrEqual(3);
  }
  expect(lakehouse.delivery.done.sums.records).toBe(22);
});

test('a disk that refuses is tried until it works again, and nothing is lost or doubled', async () => {
  const home = temporaryFolder();
  let refusals = 3;
  const disk = {
    ...nodeDisk,
    async create(file: string, data: Uint8Array) {
      if (file.includes('web_log') && file.includes('v2.') && refusals-- > 0)
        throw new Error('ENOSPC: disk full');
      return nodeDisk.create(file, data);
    },
  };
  const retries: string[] = [];
  const lakehouse = await openLakehouse(home, handler, {
    disk,
    onRetry: ({ message }) => retries.push(message),
  });
  await lakehouse.put([visit('v-1'), order('o-1')]);
  await lakehouse.finish();
  expect(retries.length).toBeGreaterThan(0);
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1']]);
  expect(await readRows(home, 'ecommerce_event', 'event_id')).toEqual([['o-1']]);
});

test('an older copy of the log is noticed, and stops the start', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, handler);
  await first.put([visit('v-1'), visit('v-2')]);
  await first.finish();
  const [name] = readdirSync(path.join(home, 'log')).filter((file) => file.endsWith('.log'));
  await nodeDisk.write(path.join(home, 'log', name!), Buffer.alloc(0));
  await expect(openLakehouse(home, handler)).rejects.toThrow(
    'the log ends at record 0, but records up to 2 were delivered from it: it is an older copy',
  );
});

test('rounds that were emptied are noticed, and stop the start', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, handler);
  await first.put([visit('v-1')]);
  await first.finish();
  await nodeDisk.remove(path.join(home, 'rounds/done.json'));
  await expect(openLakehouse(home, handler)).rejects.toThrow('the folder rounds knows 0 only');
});

test('a new log begins at zero, beside what the old one delivered', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, handler);
  await first.put([visit('v-1')]);
  await first.finish();
  await nodeDisk.rename(path.join(home, 'log'), path.join(home, 'log of yesterday'));
  const second = await openLakehouse(home, handler);
  await second.put([visit('v-2')]);
  await second.finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1'], ['v-2']]);
});

test('a hint that a crash left behind its commit is mended at start, for readers that look no further', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, handler);
  await first.put([visit('v-1')]);
  await first.finish();
  const hint = path.join(home, 'warehouse/firn/web_log/metadata/version-hint.text');
  writeFileSync(hint, '1');
  const second = await openLakehouse(home, handler);
  await second.finish();
  expect(readFileSync(hint, 'utf8')).toBe('2');
});
