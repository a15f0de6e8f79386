/** Tables that our own writer makes, for other people's readers: each a folder, made by a life of its own. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import {
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';
import { evolveTable } from '../../local/delivery/evolve.ts';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { dataDirectory } from '../../local/iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { relocateTable } from '../../local/iceberg/relocate.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { ParquetWriter, Table } from '../../local/iceberg/types.ts';
import { systemClock } from '../../local/ports.ts';
import { openLakehouse } from '../delivery/lakehouse.ts';
import { deployment, order } from '../delivery/upserts.ts';
import { readTable } from '../helpers/read-table.ts';
import { upkeepOf } from '../upkeep/tables.ts';
import { here, python } from './readers.ts';

export const ports = {
  disk: nodeDisk,
  clock: systemClock,
  random: { bytes: (size: number) => new Uint8Array(randomBytes(size)) },
};

/** A table that needs what is not to be had here. */
export class Unavailable extends Error {}

type Fields = AvroRecord['fields'];
type Iceberg = NonNullable<AvroRecord['iceberg']>;

export const optional = (name: string, id: number, type: unknown) =>
  ({ name, type: ['null', type], default: null, 'field-id': id }) as Fields[number];

export function contractOf(name: string, fields: Fields, iceberg: Iceberg = {}): Contract {
  return parseContract({ type: 'record', name, fields, iceberg }, `${name}.avsc`);
}

/** A table on its way through changes. Rows are spelt as the transform spells them (lake/duckdb.ts). */
export class Life {
  table: Table;
  readonly #writer: ParquetWriter;
  #rows = 0;

  private constructor(table: Table, writer: ParquetWriter) {
    this.table = table;
    this.#writer = writer;
  }

  static async begin(directory: string, contract: Contract): Promise<Life> {
    const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
    const table =
      (await loadTable(nodeDisk, directory)) ??
      (await createTable(ports, directory, {
        schema: icebergSchema(contract),
        spec: icebergPartitionSpec(contract),
        sortOrder: icebergSortOrder(contract),
        properties: icebergProperties(contract),
      }));
    return new Life(table, writer);
  }

  /** One commit. `event_id` and `received_at` are filled in. */
  async append(...rows: readonly object[]): Promise<void> {
    const { directory, metadata } = this.table;
    const whole = rows.map((row) => {
      this.#rows += 1;
      return { event_id: `e-${this.#rows}`, received_at: 1_767_225_600_000_000 + this.#rows, ...row };
    });
    const ndjsonPath = path.join(directory, `rows-${this.#rows}.ndjson`);
    writeFileSync(ndjsonPath, whole.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const staged = await this.#writer.stage({
      ndjsonPath,
      schema: currentSchema(metadata),
      spec: defaultSpec(metadata),
      sortOrder: defaultSortOrder(metadata),
      directory: dataDirectory(directory),
      filePrefix: `r${this.#rows}-`,
      maxPartitions: 100,
    });
    if (!('files' in staged)) throw new Error('too many partitions');
    this.table = (await appendFiles(ports, this.table, staged.files)).table;
  }

  async evolve(contract: Contract): Promise<void> {
    this.table = await evolveTable(ports, this.table, contract);
  }

  end(): Promise<void> {
    return this.#writer.close();
  }
}

const timestamp = { type: 'long', logicalType: 'timestamp-micros' };
const timestamptz = { ...timestamp, 'adjust-to-utc': true };
const date = { type: 'int', logicalType: 'date' };
const decimal = (precision: number, scale: number) => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
const record = (name: string, fields: Fields) => ({ type: 'record', name, fields });
const hex = (text: string) => Buffer.from(text, 'hex').toString('base64');

/** Delivers events to the table of orders that `upserts.ts` has, a round for each list; then more is done to it. */
async function upserted(directory: string, further: (home: string) => Promise<void>): Promise<void> {
  const home = `${directory}.home`;
  const { handler, contracts } = deployment();
  const rounds = [
    [order('a', 'new'), order('b', 'new'), order('c', 'new', { country: 'DE' }), order('a', 'paid')],
    [order('b', 'paid'), order('c', 'x', { country: 'DE', deleted: true }), order('d', 'new')],
    [order('c', 'again', { country: 'DE' }), order('d', 'paid'), order('a', 'x', { deleted: true })],
  ];
  for (const events of rounds) {
    const lakehouse = await openLakehouse(home, handler, { contracts });
    await lakehouse.put(events);
    await lakehouse.finish();
  }
  await further(home);
  rmSync(directory, { recursive: true });
  renameSync(path.join(home, 'warehouse/firn/orders'), directory);
  rmSync(home, { recursive: true });
  await relocateTable(ports, directory);
}

/** Every type of the contract. Ids begin at 3. */
const everyType: Fields = [
  optional('flag', 3, 'boolean'),
  optional('small', 4, 'int'),
  optional('big', 5, 'long'),
  optional('single', 6, 'float'),
  optional('twice', 7, 'double'),
  optional('words', 8, 'string'),
  optional('raw', 9, 'bytes'),
  optional('born', 10, date),
  optional('seen', 11, timestamp),
  optional('zoned', 12, timestamptz),
  optional('price', 13, decimal(9, 2)),
  optional('huge', 14, decimal(38, 10)),
  optional('key', 15, { type: 'string', logicalType: 'uuid' }),
  // Reserved words, and names that readers like to quote wrongly.
  optional('select', 16, 'string'),
  optional('_from', 17, 'string'),
  optional('tags', 18, { type: 'array', items: ['null', 'string'], 'element-id': 19 }),
  optional('counts', 20, { type: 'map', values: ['null', 'long'], 'key-id': 21, 'value-id': 22 }),
  optional('deep', 23, {
    type: 'array',
    'element-id': 24,
    items: [
      'null',
      record('deep_r', [
        optional('order', 25, {
          type: 'map',
          'key-id': 26,
          'value-id': 27,
          values: ['null', { type: 'array', 'element-id': 28, items: ['null', decimal(18, 3)] }],
        }),
        optional(
          'inner',
          29,
          record('inner_r', [optional('at', 30, timestamp), optional('x', 31, 'double')]),
        ),
      ]),
    ],
  }),
];

const edges: readonly object[] = [
  {},
  {
    flag: true,
    small: 2147483647,
    big: '9223372036854775807',
    single: 'NaN',
    twice: 'Infinity',
    words: '',
    raw: '',
    born: '1969-12-31',
    seen: -1,
    zoned: -1,
    price: '9999999.99',
    huge: '9999999999999999999999999999.9999999999',
    key: '00000000-0000-0000-0000-000000000000',
    select: 'it\'s "quoted"',
    _from: 'x'.repeat(300),
    tags: [],
    counts: {},
    deep: [],
  },
  {
    flag: false,
    small: -2147483648,
    big: '-9223372036854775808',
    single: '-Infinity',
    twice: 'NaN',
    words: 'zażółć 🎉 \u0000 \uffff 漢字',
    raw: hex('00ff80'),
    born: '1900-01-01',
    seen: -2208988800000000,
    zoned: 4102444799999999,
    price: '-9999999.99',
    huge: '-9999999999999999999999999999.9999999999',
    key: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    select: '\n\t\\',
    _from: '🎉'.repeat(20),
    tags: ['', null, 'a,b'],
    counts: { '': 0, 'a b': null, ß: '-9223372036854775808' },
    deep: [
      null,
      { order: { k: ['0.001', null, '-999999999999999.999'], e: [] }, inner: { at: -1, x: -0.5 } },
      { order: null, inner: { at: null, x: 5e-324 } },
    ],
  },
  {
    small: 0,
    big: 0,
    single: -0.5,
    twice: 1.7976931348623157e308,
    words: ' ',
    born: '2100-12-31',
    seen: 4102444799999999,
    zoned: 0,
    price: '0.00',
    huge: '0.0000000001',
    tags: ['one'],
    counts: { one: 1 },
    deep: [{ order: {}, inner: null }],
  },
];

const partitionedBy = (...parts: readonly [string, string][]): Iceberg => ({
  'partition-spec': parts.map(([source, transform]) => ({ source, transform })),
});

/** What makes each table. */
export const lives: Record<string, (directory: string) => Promise<void>> = {
  'every type, at its edges': async (directory) => {
    const life = await Life.begin(directory, contractOf('every_type', everyType));
    await life.append(...edges);
    await life.append(edges[2]!);
    await life.end();
  },

  'partitioned by identity': (directory) =>
    partitioned(directory, ['flag', 'identity'], ['words', 'identity'], ['born', 'identity']),
  'partitioned by decimal and binary': (directory) =>
    partitioned(directory, ['price', 'identity'], ['raw', 'identity'], ['big', 'identity']),
  'partitioned by floating numbers': (directory) =>
    partitioned(directory, ['single', 'identity'], ['twice', 'identity']),
  'partitioned by times': (directory) =>
    partitioned(directory, ['seen', 'hour'], ['zoned', 'month'], ['born', 'year']),
  'partitioned by days': (directory) =>
    partitioned(directory, ['seen', 'day'], ['zoned', 'day'], ['born', 'day']),
  'partitioned by bucket': (directory) =>
    partitioned(
      directory,
      ['small', 'bucket[4]'],
      ['big', 'bucket[4]'],
      ['words', 'bucket[4]'],
      ['raw', 'bucket[4]'],
      ['born', 'bucket[4]'],
      ['seen', 'bucket[4]'],
      ['zoned', 'bucket[4]'],
      ['huge', 'bucket[4]'],
    ),
  // The least numbers of a type have no room below them, and are refused row by row.
  'partitioned by truncate, and void': async (directory) => {
    const parts: [string, string][] = [
      ['small', 'truncate[10]'],
      ['big', 'truncate[10]'],
      ['words', 'truncate[2]'],
      ['price', 'truncate[50]'],
      ['_from', 'void'],
    ];
    const life = await Life.begin(directory, contractOf('parted', everyType, partitionedBy(...parts)));
    const below = { small: -2147483640, big: '-9223372036854775800', price: '-9999999.50' };
    await life.append(edges[0]!, edges[1]!, { ...edges[2], ...below }, edges[3]!, { price: '-0.01' });
    await life.end();
  },

  'sorted, in many commits': async (directory) => {
    const contract = contractOf('sorted', everyType, {
      'sort-order': [
        { source: 'big', direction: 'desc' },
        { source: 'words', 'null-order': 'nulls-last' },
      ],
      properties: { 'commit.manifest.min-count-to-merge': '4' },
    });
    const life = await Life.begin(directory, contract);
    for (let i = 0; i < 12; i++) await life.append({ big: i, words: `w${i % 3}` }, edges[i % edges.length]!);
    await life.end();
  },

  'evolved: added, renamed, widened, dropped, moved, inside structs too': async (directory) => {
    const life = await Life.begin(
      directory,
      contractOf('evolved', [
        optional('a', 3, 'int'),
        optional('b', 4, 'float'),
        optional('c', 5, decimal(9, 2)),
        optional('d', 6, 'string'),
        optional(
          's',
          7,
          record('s_r', [optional('x', 8, 'int'), optional('y', 9, 'string'), optional('z', 10, 'string')]),
        ),
        optional('l', 11, {
          type: 'array',
          'element-id': 12,
          items: ['null', record('l_r', [optional('p', 13, 'int')])],
        }),
        optional('m', 14, {
          type: 'map',
          'key-id': 15,
          'value-id': 16,
          values: ['null', record('m_r', [optional('q', 17, 'float')])],
        }),
      ]),
    );
    await life.append(
      {
        a: 1,
        b: 1.5,
        c: '1.25',
        d: 'dropped',
        s: { x: 1, y: 'y', z: 'z' },
        l: [{ p: 1 }, null],
        m: { k: { q: 0.5 } },
      },
      { s: null, l: [], m: {} },
    );
    await life.evolve(
      contractOf('evolved', [
        optional('news', 20, 'string'),
        optional('c', 5, decimal(20, 2)),
        optional('alpha', 3, 'long'),
        optional('b', 4, 'double'),
        optional(
          's',
          7,
          record('s_r', [
            optional('why', 9, 'string'),
            optional('x', 8, 'long'),
            optional('w', 21, 'double'),
          ]),
        ),
        optional('l', 11, {
          type: 'array',
          'element-id': 12,
          items: ['null', record('l_r', [optional('pp', 13, 'long'), optional('r', 22, 'string')])],
        }),
        optional('m', 14, {
          type: 'map',
          'key-id': 15,
          'value-id': 16,
          values: ['null', record('m_r', [optional('quantity', 17, 'double')])],
        }),
      ]),
    );
    await life.append({
      news: 'new',
      c: '123456789012345678.25',
      alpha: '9223372036854775807',
      b: 1e300,
      s: { why: 'because', x: '9223372036854775807', w: -1 },
      l: [{ pp: '9223372036854775807', r: 'r' }],
      m: { k: { quantity: 1e300 } },
    });
    await life.end();
  },

  'evolved: a name comes back as another field': async (directory) => {
    const [a, b] = [optional('a', 3, 'int'), optional('b', 4, 'string')];
    const life = await Life.begin(directory, contractOf('returned', [a, b]));
    await life.append({ a: 1, b: 'old' });
    await life.evolve(contractOf('returned', [a]));
    await life.append({ a: 2 });
    await life.evolve(contractOf('returned', [optional('b', 5, 'long'), a]));
    await life.append({ a: 3, b: 7 });
    await life.end();
  },

  'upserted and deleted, then moved': (directory) => upserted(directory, async () => {}),
  'upserted, compacted and expired': (directory) =>
    upserted(directory, async (home) => {
      const upkeep = upkeepOf(path.join(home, 'warehouse/firn'), { settings: { snapshotsMax: 1 } });
      await upkeep.optimize('orders', []);
      await upkeep.vacuum('orders');
    }),

  'of every type, compacted and expired': async (directory) => {
    const home = `${directory}.home`;
    const parts = partitionedBy(['born', 'month'], ['words', 'bucket[2]']);
    const contract = contractOf('compacted', everyType, { ...parts, 'sort-order': [{ source: 'huge' }] });
    const life = await Life.begin(path.join(home, 'compacted'), contract);
    for (let i = 0; i < 4; i++) await life.append(...edges);
    await life.end();
    const upkeep = upkeepOf(home, { settings: { snapshotsMax: 1 } });
    await upkeep.optimize('compacted', []);
    await upkeep.vacuum('compacted');
    rmSync(directory, { recursive: true });
    renameSync(path.join(home, 'compacted'), directory);
    await relocateTable(ports, directory);
  },

  'written by us and by PyIceberg in turns': async (directory) => {
    if (!existsSync(python)) throw new Unavailable('PyIceberg');
    const parts = partitionedBy(['words', 'identity'], ['born', 'identity']);
    const contract = contractOf('turns', everyType, {
      ...parts,
      properties: { 'firn.progress.0': '{"round":1,"to":1}' },
    });
    for (const turn of [1, 2, 3]) {
      const life = await Life.begin(directory, contract);
      await life.append({ event_id: `we-${turn}`, words: 'from us', born: '2026-01-02' });
      await life.end();
      await promisify(execFile)(python, [path.join(here, 'append_row.py'), directory, `they-${turn}`]);
    }
    const { metadata } = (await loadTable(nodeDisk, directory))!;
    const ids = (await readTable(directory)).map((row) => row.event_id).sort();
    if (ids.join() !== 'they-1,they-2,they-3,we-1,we-2,we-3') throw new Error(`rows are ${ids}`);
    if (metadata.properties['firn.progress.0'] === undefined) throw new Error('our progress is gone');
  },

  'partitioned anew, and again': async (directory) => {
    const specs: [string, string][][] = [
      [],
      [['words', 'identity']],
      [
        ['words', 'bucket[4]'],
        ['born', 'month'],
      ],
      [['words', 'identity']],
      [
        ['born', 'day'],
        ['words', 'truncate[1]'],
      ],
    ];
    const contract = (parts: [string, string][]) => contractOf('anew', everyType, partitionedBy(...parts));
    const life = await Life.begin(directory, contract([]));
    for (const parts of specs) {
      await life.evolve(contract(parts));
      await life.append({ words: 'a', born: '2026-01-02' }, { words: 'b', born: '2026-02-02' }, {});
    }
    await life.end();
  },
};

async function partitioned(directory: string, ...parts: [string, string][]): Promise<void> {
  const life = await Life.begin(directory, contractOf('parted', everyType, partitionedBy(...parts)));
  await life.append(...edges);
  await life.append(...edges, { words: 'plain', raw: hex('61'), big: -1, born: '2026-01-02', price: '0.01' });
  await life.end();
}
