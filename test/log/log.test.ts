import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { frameRecords } from '../../local/log/frame.ts';
import { Log, type LogOptions, PutRefused } from '../../local/log/log.ts';
import { LogReader } from '../../local/log/reader.ts';
import type { Disk } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const roomy: LogOptions = { segmentBytes: 2 ** 20, retentionMs: 0, maxBytes: 2 ** 30, reserveBytes: 0 };

function open(
  directory: string,
  options: Partial<LogOptions> = {},
  disk: Disk = nodeDisk,
  nowMs = 1000,
): Promise<Log> {
  const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
  const random = { bytes: (size: number) => new Uint8Array(size).fill(7) };
  return Log.open({ disk, clock, random }, directory, { ...roomy, ...options });
}

function put(log: Log, ...texts: string[]): Promise<number> {
  return log.append(texts.map((text) => ({ data: [text], partitionKey: `key of ${text}`, shard: 2 })));
}

async function readAll(log: Log, directory: string, from = log.start): Promise<string[]> {
  const reader = new LogReader(nodeDisk, directory);
  const texts: string[] = [];
  for (let number = from; ; ) {
    const frame = await reader.frameOf(number, log.end);
    if (frame === undefined) return texts;
    for (const record of frameRecords(frame)) if (record.number >= number) texts.push(record.data.toString());
    number = frame.first + frame.count;
  }
}

const segments = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.log'));

test('records come back in order, with number, shard, key and arrival', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, {}, nodeDisk, 1234);
  expect(await put(log, 'a', 'b')).toBe(0);
  expect(await put(log, 'c')).toBe(2);
  const frame = await new LogReader(nodeDisk, folder).frameOf(1, log.end);
  expect(frameRecords(frame!)).toEqual([
    { number: 0, shard: 2, partitionKey: 'key of a', arrivalMs: 1234, data: Buffer.from('a') },
    { number: 1, shard: 2, partitionKey: 'key of b', arrivalMs: 1234, data: Buffer.from('b') },
  ]);
  expect(await readAll(log, folder)).toEqual(['a', 'b', 'c']);
  await log.close();
});

test('puts at the same time share an fsync and keep their order', async () => {
  const folder = temporaryFolder();
  let syncs = 0;
  const disk: Disk = {
    ...nodeDisk,
    append: async (file) => {
      const real = await nodeDisk.append(file);
      return {
        ...real,
        async sync() {
          syncs += 1;
          await real.sync();
        },
      };
    },
  };
  const log = await open(folder, {}, disk);
  const firsts = await Promise.all(Array.from({ length: 100 }, (_, i) => put(log, `record ${i}`)));
  expect(firsts).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(syncs).toBeLessThan(10);
  await log.close();
});

test('a log goes on where it ended', async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  await put(first, 'a');
  await first.close();
  const second = await open(folder);
  expect(second.identity).toEqual(first.identity);
  expect(await put(second, 'b')).toBe(1);
  expect(await readAll(second, folder)).toEqual(['a', 'b']);
  await second.close();
});

test('a torn tail is cut at recovery, wherever it was torn', async () => {
  const folder = temporaryFolder();
  const log = await open(folder);
  await put(log, 'kept');
  const file = path.join(folder, segments(folder)[0]!);
  const whole = statSync(file).size;
  await put(log, 'torn');
  await log.close();
  const bytes = readFileSync(file);
  for (let cut = bytes.length - 1; cut > whole; cut--) {
    writeFileSync(file, bytes.subarray(0, cut));
    const again = await open(folder);
    expect(again.cutBytes).toBe(cut - whole);
    expect(again.end.number).toBe(1);
    await again.close();
    expect(statSync(file).size).toBe(whole);
  }
});

test('a tail of zeros, or of half a frame and another whole one, is cut as well', async () => {
  const folder = temporaryFolder();
  const log = await open(folder);
  await put(log, 'kept');
  // Both puts share one write, so neither says that the other was synced.
  await Promise.all([put(log, 'first of the batch'), put(log, 'second'), put(log, 'third')]);
  await log.close();
  const file = path.join(folder, segments(folder)[0]!);
  const bytes = readFileSync(file);
  bytes.fill(0, bytes.indexOf('second'), bytes.indexOf('second') + 6);
  writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(4096)]));
  const again = await open(folder);
  expect(await readAll(again, folder)).toEqual(['kept', 'first of the batch']);
  await again.close();
});

test('damage before a later durable put is told, and never cut', async () => {
  const folder = temporaryFolder();
  const log = await open(folder);
  for (const text of ['one', 'two', 'three']) await put(log, text);
  await log.close();
  const file = path.join(folder, segments(folder)[0]!);
  const bytes = readFileSync(file);
  bytes.write('TWO', bytes.indexOf('two'));
  writeFileSync(file, bytes);
  await expect(open(folder)).rejects.toThrow(/damaged at byte \d+, where record 1 should begin/);
  expect(readFileSync(file)).toEqual(bytes);
});

test('damage in an older segment stops the reader', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 100 });
  for (let i = 0; i < 4; i++) await put(log, `${i}`.repeat(100));
  const file = path.join(folder, segments(folder)[1]!);
  const bytes = readFileSync(file);
  bytes.write('!', bytes.length - 1);
  writeFileSync(file, bytes);
  await expect(readAll(log, folder)).rejects.toThrow('damaged at byte 0, where record 1 should begin');
  await log.close();
});

test('an older segment that lost its end stops the reader', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 250 });
  for (let i = 0; i < 4; i++) await put(log, `${i}`.repeat(100));
  const file = path.join(folder, segments(folder)[0]!);
  truncateSync(file, Math.floor(statSync(file).size / 2));
  await expect(readAll(log, folder)).rejects.toThrow('damaged');
  await log.close();
});

test('segments roll, and a reader goes from one to the next and to any record', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 200 });
  const texts = Array.from({ length: 20 }, (_, i) => `record ${i}`.padEnd(60, '.'));
  for (const text of texts) await put(log, text);
  expect(segments(folder).length).toBeGreaterThan(5);
  expect(await readAll(log, folder)).toEqual(texts);
  for (const from of [19, 3, 11]) expect(await readAll(log, folder, from)).toEqual(texts.slice(from));
  await log.close();
});

test('delivered segments are dropped when retention is over, the current one never', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 100 });
  for (let i = 0; i < 5; i++) await put(log, `${i}`.repeat(100));
  await log.trim(3);
  expect(log.start).toBe(3);
  await log.trim(5);
  expect(segments(folder)).toHaveLength(1);
  await expect(new LogReader(nodeDisk, folder).frameOf(0, log.end)).rejects.toThrow(
    'record 0 is no longer in the log',
  );
  await log.close();
});

test('retention keeps what is delivered but young', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 100, retentionMs: 60_000 });
  for (let i = 0; i < 5; i++) await put(log, `${i}`.repeat(100));
  await log.trim(5);
  expect(log.start).toBe(0);
  await log.close();
});

test('a log full of undelivered records refuses puts until some are delivered', async () => {
  const folder = temporaryFolder();
  const log = await open(folder, { segmentBytes: 200, maxBytes: 1000, retentionMs: 60_000 });
  let accepted = 0;
  const fill = async (): Promise<void> => {
    for (;;) {
      await put(log, 'x'.repeat(100));
      accepted += 1;
    }
  };
  await expect(fill()).rejects.toThrow(PutRefused);
  expect(accepted).toBeGreaterThan(2);
  await log.trim(accepted);
  await put(log, 'x'.repeat(100));
  await log.close();
});

test.each(['', '{"id"', '{"id":"7"}', 'null'])('a log.json of %j is refused by name', async (text) => {
  const folder = temporaryFolder();
  await (await open(folder)).close();
  writeFileSync(path.join(folder, 'log.json'), text);
  await expect(open(folder)).rejects.toThrow(
    `${path.join(folder, 'log.json')} is damaged: expected the log's id`,
  );
});

test('a segment that outgrew the whole log refuses nothing once it is delivered', async () => {
  const log = await open(temporaryFolder(), { segmentBytes: 1000, maxBytes: 1000 });
  await put(log, 'x'.repeat(330));
  // The first is on its way while the others gather, and they go together.
  await Promise.all([put(log, 'a'), put(log, 'x'.repeat(200)), put(log, 'x'.repeat(250))]);
  await expect(put(log, 'x'.repeat(100))).rejects.toThrow('not delivered yet');
  await log.trim(4);
  expect(await put(log, 'x'.repeat(100))).toBe(4);
  await log.trim(5);
  expect(log.bytes).toBeLessThan(1000);
  await log.close();
});

test('puts are accepted again once the disk has room, without any delivery', async () => {
  const folder = temporaryFolder();
  const state = { free: 999, now: 10_000_000 };
  const disk = { ...nodeDisk, free: async () => state.free };
  const clock = { now: () => state.now, sleep: () => Promise.resolve() };
  const random = { bytes: (size: number) => new Uint8Array(size) };
  const log = await Log.open({ disk, clock, random }, folder, { ...roomy, reserveBytes: 1000 });
  await log.trim(0);
  await expect(put(log, 'a')).rejects.toMatchObject({ full: true });
  state.free = 1000;
  // The clock was set back: what was measured in its future counts no more.
  state.now -= 3_600_000;
  expect(await put(log, 'b')).toBe(0);
  await log.close();
});

test('a segment that could not be removed is removed by a later trim', async () => {
  const folder = temporaryFolder();
  let stuck = true;
  const remove = async (file: string): Promise<void> => {
    if (stuck) throw new Error('EBUSY');
    await nodeDisk.remove(file);
  };
  const log = await open(folder, { segmentBytes: 1 }, { ...nodeDisk, remove });
  await put(log, 'a');
  await put(log, 'b');
  await expect(log.trim(2)).rejects.toThrow('EBUSY');
  stuck = false;
  await Promise.all([log.trim(2), log.trim(2)]);
  expect(log.start).toBe(1);
  expect(segments(folder)).toHaveLength(1);
  expect(await put(log, 'c')).toBe(2);
  await log.close();
});

test('below the reserve of the disk puts are refused', async () => {
  const folder = temporaryFolder();
  let free = 10_000;
  const log = await open(folder, { reserveBytes: 1000 }, { ...nodeDisk, free: async () => free });
  await put(log, 'a');
  free = 999;
  await log.trim(0);
  await expect(put(log, 'b')).rejects.toMatchObject({ full: true });
  free = 10_000;
  await log.trim(0);
  await put(log, 'c');
  expect(await readAll(log, folder)).toEqual(['a', 'c']);
  await log.close();
});

test('a write that fails half-way is undone, and the next put follows what was durable', async () => {
  const folder = temporaryFolder();
  let fail = false;
  const disk: Disk = {
    ...nodeDisk,
    append: async (file) => {
      const real = await nodeDisk.append(file);
      return {
        ...real,
        async write(data) {
          if (!fail) return real.write(data);
          await real.write(data.subarray(0, data.length / 2));
          throw new Error('ENOSPC: no space left on device');
        },
      };
    },
  };
  const log = await open(folder, {}, disk);
  await put(log, 'a');
  fail = true;
  await expect(put(log, 'b')).rejects.toMatchObject({ name: 'PutRefused', full: true });
  fail = false;
  expect(await put(log, 'c')).toBe(1);
  expect(await readAll(log, folder)).toEqual(['a', 'c']);
  await log.close();
});

test('after a failed fsync nothing more is accepted', async () => {
  const folder = temporaryFolder();
  const disk: Disk = {
    ...nodeDisk,
    append: async (file) => ({
      ...(await nodeDisk.append(file)),
      sync: () => Promise.reject(new Error('EIO: i/o error')),
    }),
  };
  const log = await open(folder, {}, disk);
  await expect(put(log, 'a')).rejects.toThrow('could not be synced: EIO');
  await expect(put(log, 'b')).rejects.toThrow('restart to recover');
  await log.close();
});

test('a log without its identity is not taken for a new one', async () => {
  const folder = temporaryFolder();
  const log = await open(folder);
  await put(log, 'a');
  await log.close();
  appendFileSync(path.join(folder, 'other'), '');
  await nodeDisk.remove(path.join(folder, 'log.json'));
  await expect(open(folder)).rejects.toThrow('log.json is missing, but the log has records');
});
