import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { execute } from '../../scripts/cli.ts';
import { genCommand } from '../../scripts/gen/command.ts';
import { progressLine } from '../../scripts/gen/report.ts';
import { type FakeGateway, fakeGateway, putRecordsAnswer } from './fake-gateway.ts';

interface Ran {
  code: number | null;
  out: string[];
  err: string;
}

/** Starts the command as a person does, in a process of its own. */
function start(...args: string[]): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/gen.ts', ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: out.trimEnd().split('\n'), err }));
  });
  return { child, ended };
}

function gen(...args: string[]): Promise<Ran> {
  return start(...args).ended;
}

describe('a wrong call is refused with exit code 2', () => {
  test.each([
    [['--frobnicate'], 'unknown flag --frobnicate'],
    [['--max-count', 'many'], '--max-count is "many"; expected a whole number'],
    [['--batch', '501'], '--batch is 501; expected a whole number from 1 to 500'],
    [['--invalid', '101'], '--invalid is 101; expected a number from 0 to 100'],
    [['--format', 'xml'], '--format is "xml"; expected one of json, avro'],
    [['--table', 'nope'], '--table is "nope"; expected one of app_event, clickstream, '],
    [['--table', 'rejected'], '--table is "rejected"; expected one of app_event, clickstream, '],
    [['--api-method', 'segment'], '--api-method segment is for --table clickstream'],
    [['--days', '3'], '--days is for --table clickstream'],
    [['--table', 'clickstream', '--format', 'avro'], 'is sent as messages, which are JSON'],
    [['--end', 'tomorrow'], '--end is "tomorrow"; expected a time such as 2026-11-22T10:00:00Z'],
    [['--seed', '1', '--api-url', 'localhost'], '--api-url is "localhost"; expected one such as http://'],
  ])('%j', async (args, message) => {
    const lines: string[] = [];
    const code = await execute(
      genCommand,
      args,
      () => undefined,
      (line) => lines.push(line),
    );
    expect(code).toBe(2);
    expect(lines[0]).toContain(message);
  });
});

test('--dry-run prints the same events for the same seed and end, one JSON value a line', async () => {
  const args = ['--dry-run', '--max-count', '3', '--seed', '5', '--end', '2026-11-22T10:00:00Z'];
  const first = await gen(...args);
  expect(first.code).toBe(0);
  expect(first.out).toHaveLength(3);
  expect(JSON.parse(first.out[0]!)).toMatchObject({
    event: 'visit',
    timestamp: expect.stringMatching(/^2026-11-22T09:/),
  });
  expect((await gen(...args)).out).toEqual(first.out);
});

describe('against a gateway', () => {
  let gateway: FakeGateway;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'firn-gen-'));
  });

  afterEach(async () => {
    await gateway.close();
    await rm(folder, { recursive: true });
  });

  test('a few events print a line each, then the sum', async () => {
    gateway = await fakeGateway((call) => putRecordsAnswer(call));
    const { code, out } = await gen('--max-count', '2', '--api-url', gateway.apiUrl);
    const line =
      '[200 OK] {"FailedRecordCount":0,"Records":[{"SequenceNumber":"0","ShardId":"shardId-000000000000"}]}';
    expect(out).toEqual([line, line, 'sent 2, accepted 2, failed 0']);
    expect(code).toBe(0);
  });

  test('the file of acknowledged ids holds exactly those, and a failure shows in the exit code', async () => {
    // Entries fail by their id, so the retries of these fail too; the call that brings them last is refused.
    const accepted: string[] = [];
    gateway = await fakeGateway((call) => {
      if (call.ids.every((id) => id < '4')) return { status: 400, body: { message: 'never' } };
      accepted.push(...call.ids.filter((id) => id >= '4'));
      return putRecordsAnswer(call, (id) => id < '4');
    });
    const file = path.join(folder, 'acked');
    const { code, out } = await gen(
      ...[
        '--max-count',
        '200',
        '--seed',
        '1',
        '--batch',
        '50',
        '--api-url',
        gateway.apiUrl,
        '--acked-ids',
        file,
      ],
    );
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.sort()).toEqual(accepted.sort());
    expect(out.at(-1)).toBe(`sent 200, accepted ${accepted.length}, failed ${200 - accepted.length}`);
    expect(accepted.length).toBeLessThan(200);
    expect(code).toBe(1);
  });

  test('a generator that is killed has written the id of every event that was acknowledged', async () => {
    let child: ChildProcess | undefined;
    gateway = await fakeGateway((call, number) => {
      if (number === 4) child!.kill('SIGKILL');
      return putRecordsAnswer(call);
    });
    const file = path.join(folder, 'acked');
    const batches = ['--max-count', '1000', '--batch', '30', '--concurrency', '1'];
    const started = start(...batches, '--api-url', gateway.apiUrl, '--acked-ids', file);
    child = started.child;
    await started.ended;
    // The fourth call was made because the third was acknowledged.
    const acknowledged = gateway.calls.slice(0, 3).flatMap(({ ids }) => ids);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toEqual(acknowledged);
  });

  test('an interrupt ends an endless run with the sum of what was sent, also when it arrives twice', async () => {
    let child: ChildProcess | undefined;
    gateway = await fakeGateway((call, number) => {
      if (number === 3) {
        child!.kill('SIGINT');
        child!.kill('SIGINT');
      }
      return putRecordsAnswer(call);
    });
    const started = start('--max-count', '0', '--rate', '200', '--api-url', gateway.apiUrl);
    child = started.child;
    const { code, out } = await started.ended;
    const sent = gateway.calls.flatMap(({ ids }) => ids).length;
    expect(out.at(-1)).toBe(`sent ${sent}, accepted ${sent}, failed 0`);
    expect(code).toBe(0);
  });
});

test('the bar shows share, number and rate', () => {
  const summary = { sent: 600, accepted: 500, failed: 0, retried: 3, reason: undefined };
  expect(progressLine(summary, 1000, 2000)).toBe(
    '[###############...............] 50%  500 events, 250/s, 3 sent again',
  );
  expect(progressLine(summary, Number.POSITIVE_INFINITY, 2000)).toBe('500 events, 250/s, 3 sent again');
});
