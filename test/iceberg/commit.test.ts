import { Buffer } from 'node:buffer';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../lake/errors.ts';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { CommitError, commit } from '../../local/iceberg/commit.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { DataFile, Table } from '../../local/iceberg/types.ts';
import type { Disk } from '../../local/ports.ts';
import { ports, schemaOf, specOf, temporaryHome, unsorted } from './support.ts';

const home = temporaryHome();
let tables = 0;

function newTable(properties: Record<string, string> = {}): Promise<Table> {
  tables += 1;
  const schema = schemaOf({ event: 'string', at: 'timestamp' });
  const pieces = { schema, spec: specOf(schema, ['event', 'identity']), sortOrder: unsorted, properties };
  return createTable(ports, path.join(home, `table-${tables}`), pieces);
}

let files = 0;

/** A data file by its entry alone: commits never look into it. */
function dataFile(partition: string | null = 'view'): DataFile {
  files += 1;
  return {
    content: 'data',
    filePath: `file://${home}/data/${files}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [partition],
    recordCount: 10,
    fileSizeInBytes: 1000,
    valueCounts: new Map([[1, 10]]),
  };
}

async function filesOf(directory: string): Promise<string[]> {
  const plan = await planScan(nodeDisk, (await loadTable(nodeDisk, directory))!);
  return plan.files.map((file) => file.dataFile.filePath).sort();
}

function metadataFiles(directory: string): Promise<string[]> {
  return nodeDisk.list(path.join(directory, 'metadata'));
}

describe('a table', () => {
  test('is where it was made, and nowhere else', async () => {
    const table = await newTable();
    expect(await loadTable(nodeDisk, table.directory)).toEqual(table);
    expect(await loadTable(nodeDisk, path.join(home, 'nothing'))).toBeUndefined();
    expect(table.metadata.location).toBe(`file://${table.directory}`);
  });

  test('cannot be made twice', async () => {
    const table = await newTable();
    const { schemas, 'partition-specs': specs } = table.metadata;
    const pieces = { schema: schemas[0]!, spec: specs[0]!, sortOrder: unsorted, properties: {} };
    await expect(createTable(ports, table.directory, pieces)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test.each([
    ['missing', undefined],
    ['behind', '1'],
    ['ahead of what is there', '99'],
    ['garbage', 'v3'],
  ])('is found at its newest version when the hint is %s', async (_, hint) => {
    let table = await newTable();
    for (let i = 0; i < 3; i++) table = (await appendFiles(ports, table, [dataFile()])).table;
    const hintFile = path.join(table.directory, 'metadata/version-hint.text');
    await nodeDisk.remove(hintFile);
    if (hint !== undefined) await nodeDisk.write(hintFile, Buffer.from(hint));
    expect(await loadTable(nodeDisk, table.directory)).toEqual(table);
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, 100), 'is damaged'],
    ['empty', () => '', 'is damaged'],
    ['without its schemas', (text: string) => text.replace('"schemas"', '"x"'), 'it has no schemas'],
    ['of format 3', (text: string) => text.replace('"format-version":2', '"format-version":3'), 'version 3'],
  ])('whose newest version is %s is told with the file, and what mends it', async (_, harm, reason) => {
    const table = (await appendFiles(ports, await newTable(), [dataFile()])).table;
    const file = path.join(table.directory, 'metadata/v2.metadata.json');
    const text = (await nodeDisk.read(file)).toString();
    await nodeDisk.remove(file);
    await nodeDisk.write(file, Buffer.from(harm(text)));
    const told = loadTable(nodeDisk, table.directory);
    await expect(told).rejects.toThrow(Fault);
    await expect(told).rejects.toThrow(file);
    await expect(told).rejects.toThrow(reason);
  });
});

describe('an append', () => {
  test('adds its files, summary and properties in one version', async () => {
    const before = await newTable();
    const added = [dataFile('view'), dataFile('view'), dataFile(null)];
    const { outcome, table } = await appendFiles(ports, before, added, {
      summary: { 'firn.round': '7' },
      properties: { 'firn.progress': '7' },
    });
    expect(outcome).toBe('landed');
    expect(table.version).toBe(before.version + 1);
    expect(table.metadata.properties).toEqual({ 'firn.progress': '7' });
    expect(table.metadata.snapshots[0]!.summary).toEqual({
      operation: 'append',
      'added-data-files': '3',
      'added-records': '30',
      'added-files-size': '3000',
      'changed-partition-count': '2',
      'total-data-files': '3',
      'total-records': '30',
      'total-files-size': '3000',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'firn.round': '7',
    });
    expect(await filesOf(table.directory)).toEqual(added.map((file) => file.filePath).sort());
  });

  test('without files moves properties and summary only', async () => {
    const first = await appendFiles(ports, await newTable(), [dataFile()]);
    const { table } = await appendFiles(ports, first.table, [], { properties: { p: '2' } });
    expect(table.metadata.properties).toEqual({ p: '2' });
    expect(table.metadata.snapshots.at(-1)!.summary).toMatchObject({
      'added-records': '0',
      'total-records': '10',
    });
    expect(await filesOf(table.directory)).toHaveLength(1);
  });

  test('is skipped when the newest metadata says so, and leaves nothing behind', async () => {
    const stale = await newTable();
    const { table } = await appendFiles(ports, stale, [dataFile()], { properties: { round: '5' } });
    const before = await metadataFiles(table.directory);
    const result = await appendFiles(ports, stale, [dataFile()], {
      skipIf: (metadata) => metadata.properties.round === '5',
    });
    expect(result).toEqual({ outcome: 'skipped', table });
    expect(await metadataFiles(table.directory)).toEqual(before);
  });

  test('continues the history of whoever committed in between', async () => {
    const start = await newTable();
    const mine = dataFile();
    const theirs = dataFile();
    await appendFiles(ports, start, [theirs]);
    const { table } = await appendFiles(ports, start, [mine]);
    const [first, second] = table.metadata.snapshots;
    expect(second!['parent-snapshot-id']).toBe(first!['snapshot-id']);
    expect(second!['sequence-number']).toBe(2);
    expect(await filesOf(table.directory)).toEqual([mine, theirs].map((file) => file.filePath).sort());
  });

  test('totals that the parent does not tell stay unknown', async () => {
    const table = await newTable();
    const foreign = {
      'snapshot-id': 5n,
      'sequence-number': 1,
      'timestamp-ms': 1,
      'manifest-list': `file://${table.directory}/metadata/foreign.avro`,
      summary: { operation: 'append', 'total-records': '4' } as const,
    };
    const empty = await appendFiles(ports, await newTable(), []);
    const list = empty.table.metadata.snapshots[0]!['manifest-list'].slice('file://'.length);
    await nodeDisk.write(foreign['manifest-list'].slice('file://'.length), await nodeDisk.read(list));
    await commit(ports, table, async () => [
      { action: 'add-snapshot', snapshot: foreign },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': 5n },
    ]);
    const { summary } = (await appendFiles(ports, table, [dataFile()])).table.metadata.snapshots.at(-1)!;
    expect(summary['total-records']).toBe('14');
    expect(summary).not.toHaveProperty('total-files-size');
  });
});

describe('manifests', () => {
  test('are merged once there are many small ones, and every file stays', async () => {
    let table = await newTable({ 'commit.manifest.min-count-to-merge': '5' });
    const paths: string[] = [];
    for (let i = 0; i < 23; i++) {
      const file = dataFile(`event ${i % 3}`);
      paths.push(file.filePath);
      table = (await appendFiles(ports, table, [file])).table;
    }
    const plan = await planScan(nodeDisk, table);
    expect(plan.files.map((file) => file.dataFile.filePath).sort()).toEqual(paths.sort());
    expect(plan.files.map((file) => file.sequenceNumber).sort((a, b) => a - b)).toEqual(
      paths.map((_, i) => i + 1),
    );
    const one = await planScan(nodeDisk, table, {
      predicates: [{ column: 'event', op: '=', values: ['event 1'] }],
    });
    expect(one.files).toHaveLength(8);
    const avroFiles = (await metadataFiles(table.directory)).filter((name) => /^\d+-m\d+\.avro$/.test(name));
    expect(avroFiles.length).toBeGreaterThan(23);
  });

  test('are left alone where the table says so', async () => {
    const properties = {
      'commit.manifest.min-count-to-merge': '2',
      'commit.manifest-merge.enabled': 'false',
    };
    let table = await newTable(properties);
    for (let i = 0; i < 4; i++) table = (await appendFiles(ports, table, [dataFile()])).table;
    const manifests = (await metadataFiles(table.directory)).filter((name) => /-m\d+\.avro$/.test(name));
    expect(manifests).toHaveLength(4);
  });
});

test('metadata files that leave the log are deleted, if the table asks for it', async () => {
  let table = await newTable({
    'write.metadata.delete-after-commit.enabled': 'true',
    'write.metadata.previous-versions-max': '2',
  });
  for (let i = 0; i < 5; i++) table = (await appendFiles(ports, table, [])).table;
  const versions = (await metadataFiles(table.directory)).filter((name) => name.endsWith('.metadata.json'));
  expect(versions).toEqual(['v4.metadata.json', 'v5.metadata.json', 'v6.metadata.json']);
  expect((await loadTable(nodeDisk, table.directory))!.version).toBe(6);
});

describe('conflicting writers', () => {
  test('four of them race, and every file is in the table once', async () => {
    const start = await newTable({ 'commit.manifest.min-count-to-merge': '6' });
    const added: string[] = [];
    const writer = async () => {
      let table = start;
      for (let i = 0; i < 5; i++) {
        const file = dataFile();
        added.push(file.filePath);
        table = (await appendFiles(ports, table, [file])).table;
      }
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
    const table = (await loadTable(nodeDisk, start.directory))!;
    expect(await filesOf(start.directory)).toEqual(added.sort());
    expect(table.version).toBe(21);
    expect(table.metadata.snapshots.at(-1)!.summary['total-records']).toBe('200');
    expect(table.metadata.snapshots.map((snapshot) => snapshot['sequence-number'])).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const lists = (await metadataFiles(start.directory)).filter((name) => name.startsWith('snap-'));
    expect(lists, 'lists of lost attempts are removed').toHaveLength(20);
  });

  test('one that always loses gives up, and says that nothing landed', async () => {
    const start = await newTable();
    const rival: Disk = {
      ...nodeDisk,
      async create(file, data) {
        await commit(ports, start, async () => [{ action: 'set-properties', updates: { by: 'rival' } }]);
        return nodeDisk.create(file, data);
      },
    };
    const before = (await metadataFiles(start.directory)).length;
    const failed = appendFiles({ ...ports, disk: rival }, start, [dataFile()]);
    await expect(failed).rejects.toMatchObject({ name: 'CommitError', outcome: 'did not land' });
    const left = (await metadataFiles(start.directory)).filter((name) => name.endsWith('.avro'));
    expect(left).toEqual([]);
    expect(before).toBe(2);
  });

  test('a table that was made anew under us is not touched', async () => {
    const known = await newTable();
    const madeAnew = (await appendFiles(ports, await newTable(), [])).table;
    const stale = { ...known, directory: madeAnew.directory };
    await expect(appendFiles(ports, stale, [dataFile()])).rejects.toThrow('was made anew');
  });
});

describe('when the disk fails at the commit point', () => {
  /** How creating the next version goes, and whether reading it back works. */
  const scripts = {
    'landed, then failed': async (file: string, data: Uint8Array) => {
      await nodeDisk.create(file, data);
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    },
    'not landed': async () => {
      throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    },
    'landed, then exists': async (file: string, data: Uint8Array) => {
      await nodeDisk.create(file, data);
      throw Object.assign(new Error('EEXIST: file exists'), { code: 'EEXIST' });
    },
  };
  const diskOf = (create: Disk['create'], more: Partial<Disk> = {}): Disk => ({
    ...nodeDisk,
    create,
    ...more,
  });

  test.each(['landed, then failed', 'landed, then exists'] as const)(
    '%s: the commit counts, once',
    async (how) => {
      const table = await newTable();
      const file = dataFile();
      const result = await appendFiles({ ...ports, disk: diskOf(scripts[how]) }, table, [file]);
      expect(result.outcome).toBe('landed');
      expect(await filesOf(table.directory)).toEqual([file.filePath]);
    },
  );

  test('not landed: the table is as it was, and the leftovers are gone', async () => {
    const table = await newTable();
    const failed = appendFiles({ ...ports, disk: diskOf(scripts['not landed']) }, table, [dataFile()]);
    await expect(failed).rejects.toMatchObject({ outcome: 'did not land', cause: { code: 'ENOSPC' } });
    expect(await filesOf(table.directory)).toEqual([]);
    expect(await metadataFiles(table.directory)).toEqual(['v1.metadata.json', 'version-hint.text']);
  });

  test('unknown: nothing is deleted, so that the commit holds if it landed', async () => {
    const table = await newTable();
    const file = dataFile();
    let broken = false;
    const disk = diskOf(
      async (target, data) => {
        broken = true;
        return scripts['landed, then failed'](target, data);
      },
      {
        async exists(target) {
          if (broken) throw new Error('EIO: i/o error');
          return nodeDisk.exists(target);
        },
      },
    );
    const failed = appendFiles({ ...ports, disk }, table, [file]);
    await expect(failed).rejects.toBeInstanceOf(CommitError);
    await expect(failed).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await filesOf(table.directory)).toEqual([file.filePath]);
  });

  test('another writer has the version: it is not taken for ours', async () => {
    const table = await newTable();
    const theirs = dataFile();
    const mine = dataFile();
    let first = true;
    const disk = diskOf(async (file, data) => {
      if (!first) return nodeDisk.create(file, data);
      first = false;
      await appendFiles(ports, table, [theirs]);
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    });
    expect((await appendFiles({ ...ports, disk }, table, [mine])).outcome).toBe('landed');
    expect(await filesOf(table.directory)).toEqual([mine, theirs].map((file) => file.filePath).sort());
  });

  test('a hint that cannot be written harms nobody', async () => {
    const table = await newTable();
    const disk = diskOf(nodeDisk.create, { replace: () => Promise.reject(new Error('EIO')) });
    expect((await appendFiles({ ...ports, disk }, table, [dataFile()])).outcome).toBe('landed');
    expect((await loadTable(nodeDisk, table.directory))!.version).toBe(2);
  });

  test('a manifest that cannot be written fails the commit before it begins', async () => {
    const table = await newTable();
    const disk = { ...nodeDisk, write: () => Promise.reject(new Error('EIO: manifest')) };
    await expect(appendFiles({ ...ports, disk }, table, [dataFile()])).rejects.toThrow('EIO: manifest');
    expect(await filesOf(table.directory)).toEqual([]);
  });
});
