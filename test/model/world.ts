/**
 * A lakehouse beside its model: plain tables in memory, whose values lie under field ids. Each operation does to
 * the model in a line what the lakehouse does with logs, files and commits.
 */
import { renameSync } from 'node:fs';
import path from 'node:path';
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import type { IcebergField, IcebergType } from '../../lake/iceberg.ts';
import { compileTransform } from '../../lake/transform.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { currentSchema, schemaById, snapshotById } from '../../local/iceberg/metadata.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { Table } from '../../local/iceberg/types.ts';
import { relocateHome } from '../../local/relocate.ts';
import { contracts as shipped } from '../../schemas/index.ts';
import { type Lakehouse, openLakehouse } from '../delivery/lakehouse.ts';
import { canonicalRow, sorted } from '../helpers/canonical.ts';
import { readTable } from '../helpers/read-table.ts';
import { ports } from '../iceberg/support.ts';
import { upkeepOf } from '../upkeep/tables.ts';
import { avroFields, type Dice, eventOf, pick, randomMembers, Shape, type Stored } from './shape.ts';

/** Rows by what tells them apart. */
type Rows = ReadonlyMap<string, ReadonlyMap<number, Stored>>;

type Spec = readonly { source: string; transform: string }[];

interface ModelTable {
  name: string;
  /** Columns that every version has. */
  fixed: AvroRecord['fields'];
  attributes: Partial<AvroRecord>;
  specs: readonly Spec[];
  spec: Spec;
  shape: Shape;
  rows: Rows;
  /** The rows of each snapshot that was current when we looked. */
  history: Map<bigint, Rows>;
}

const text = (name: string, id: number) => ({ name, type: 'string', 'field-id': id });
const by = (...parts: [string, string][]): Spec =>
  parts.map(([source, transform]) => ({ source, transform }));

export class World {
  readonly #dice: Dice;
  readonly #tables: readonly ModelTable[];
  #home: string;
  #lakehouse: Lakehouse | undefined;
  #running: Promise<void> = Promise.resolve();
  #events = 0;
  #moves = 0;
  #foreign = 0;

  constructor(home: string, dice: Dice) {
    this.#home = home;
    this.#dice = dice;
    const table = (
      name: string,
      fixed: AvroRecord['fields'],
      attributes: Partial<AvroRecord>,
      specs: readonly Spec[],
    ): ModelTable => ({
      name,
      fixed,
      attributes,
      specs,
      spec: specs[0]!,
      shape: new Shape(100),
      rows: new Map(),
      history: new Map(),
    });
    this.#tables = [
      table('notes', [text('kind', 3)], {}, [
        by(),
        by(['kind', 'identity']),
        by(['kind', 'bucket[3]'], ['received_at', 'day']),
        by(['kind', 'truncate[1]'], ['event_id', 'bucket[2]']),
      ]),
      table(
        'accounts',
        [
          text('owner', 3),
          text('kind', 4),
          {
            name: 'closed',
            type: ['null', 'boolean'],
            default: null,
            'field-id': 5,
          } as AvroRecord['fields'][number],
        ],
        { write: 'upsert', identifier: ['owner', 'kind'], 'delete-field': 'closed' } as Partial<AvroRecord>,
        [
          by(['kind', 'identity']),
          by(),
          by(['owner', 'bucket[2]']),
          by(['kind', 'truncate[1]'], ['owner', 'identity']),
        ],
      ),
    ];
  }

  /** One operation by dice, done to both. Answers what it was. */
  async step(): Promise<string> {
    await this.#open();
    const table = pick(this.#dice, this.#tables);
    const operations: [number, () => Promise<string>][] = [
      [10, () => this.#put(table)],
      [5, () => this.#evolve(table)],
      [2, () => this.#partition(table)],
      [2, () => this.#compact(table)],
      [1, () => this.#vacuum(table)],
      [1, () => this.#rollBack(table)],
      [1, () => this.#addForeignColumn(table)],
      [1, () => this.#restart()],
      [1, () => this.#move()],
    ];
    let at = this.#dice(operations.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, run] of operations) {
      if (at < weight) return run();
      at -= weight;
    }
    throw new Error('no operation');
  }

  /** What differs between lakehouse and model; undefined if nothing does. */
  async difference(): Promise<string | undefined> {
    for (const table of this.#tables) {
      const loaded = await this.#load(table);
      if (loaded === undefined) continue;
      const { metadata } = loaded;
      const id = metadata['current-snapshot-id'];
      if (id !== null) table.history.set(id, table.rows);
      const now = compare(
        table.rows,
        currentSchema(metadata).fields,
        await readTable(loaded.directory),
        `${table.name}`,
      );
      if (now !== undefined) return now;
      const kept = metadata.snapshots.filter((snapshot) => table.history.has(snapshot['snapshot-id']));
      if (kept.length === 0) continue;
      const past = pick(this.#dice, kept);
      const snapshotId = past['snapshot-id'];
      const { fields } = schemaById(metadata, snapshotById(metadata, snapshotId)['schema-id']!);
      const rows = await readTable(loaded.directory, { snapshotId });
      const then = compare(table.history.get(snapshotId)!, fields, rows, `${table.name} as of ${snapshotId}`);
      if (then !== undefined) return then;
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#lakehouse === undefined) return;
    this.#lakehouse.delivery.stop();
    await this.#running;
    await this.#lakehouse.finish();
    this.#lakehouse = undefined;
  }

  async #open(): Promise<void> {
    if (this.#lakehouse !== undefined) return;
    const contracts = new Map([['rejected', shipped.get('rejected')!]]);
    for (const table of this.#tables) {
      const fields = [...table.fixed, ...avroFields(table.shape.nodes, table.name)];
      const iceberg = { 'partition-spec': table.spec };
      const avro = { type: 'record' as const, name: table.name, fields, iceberg, ...table.attributes };
      contracts.set(table.name, parseContract(avro, table.name));
    }
    const transform = compileTransform({ contracts, published: [], defaultTable: 'notes' });
    const handler: Handler = async ({ records }) => ({
      records: records.map(({ recordId, data, approximateArrivalTimestamp, kinesisRecordMetadata }) => {
        const position = kinesisRecordMetadata!;
        const { table, row, operation } = transform({
          bytes: Buffer.from(data, 'base64'),
          arrivalMs: approximateArrivalTimestamp,
          stream: undefined,
          shardId: position.shardId,
          sequenceNumber: position.sequenceNumber,
          recordId,
        });
        const otfMetadata = {
          destinationDatabaseName: 'firn',
          destinationTableName: table,
          operation: operation ?? ('insert' as const),
        };
        const bytes = Buffer.from(JSON.stringify(row)).toString('base64');
        return { recordId, result: 'Ok', data: bytes, metadata: { otfMetadata } };
      }),
    });
    this.#lakehouse = await openLakehouse(this.#home, handler, { contracts });
    this.#running = this.#lakehouse.delivery.run();
    this.#running.catch(() => {});
  }

  async #put(table: ModelTable): Promise<string> {
    const { log, delivery } = this.#lakehouse!;
    const { nodes } = table.shape;
    const rows = new Map(table.rows);
    const events = Array.from({ length: 1 + this.#dice(5) }, () => {
      const event_id = `e-${this.#events++}`;
      const members = randomMembers(nodes, this.#dice);
      const kind = pick(this.#dice, ['', 'a', 'ab', 'ß']);
      const owner = pick(this.#dice, ['ann', 'bob', 'cy']);
      const closed = this.#dice(4) === 0;
      members.set(1, event_id);
      const event = { ...eventOf(nodes, members), $table: table.name, event_id, kind };
      if (table.name === 'notes') {
        rows.set(event_id, members.set(3, kind));
        return event;
      }
      const key = JSON.stringify([owner, kind]);
      if (closed) rows.delete(key);
      else rows.set(key, members.set(3, owner).set(4, kind).set(5, 'false'));
      return { ...event, owner, closed };
    });
    await this.#lakehouse!.put(events);
    while (delivery.done.to < log.end.number) {
      await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 2))]);
    }
    table.rows = rows;
    return `put ${events.length} into ${table.name}: ${JSON.stringify(events)}`;
  }

  /** Takes effect at the next start. */
  async #evolve(table: ModelTable): Promise<string> {
    await this.close();
    return `evolve ${table.name}: ${table.shape.change(this.#dice)}`;
  }

  async #partition(table: ModelTable): Promise<string> {
    await this.close();
    table.spec = pick(this.#dice, table.specs);
    return `partition ${table.name}: ${JSON.stringify(table.spec)}`;
  }

  async #compact(table: ModelTable): Promise<string> {
    const { rewritten, added } = await this.#upkeep().optimize(table.name, []);
    return `compact ${table.name}: ${rewritten} files to ${added}`;
  }

  async #vacuum(table: ModelTable): Promise<string> {
    const { expired, removed } = await this.#upkeep().vacuum(table.name);
    return `vacuum ${table.name}: ${expired} snapshots, ${removed} files`;
  }

  #upkeep() {
    const { delivery } = this.#lakehouse!;
    return upkeepOf(path.join(this.#home, 'warehouse/firn'), {
      doneRound: () => delivery.done.round,
      settings: { snapshotsMax: 3 },
    });
  }

  /** Another writer sets the table back to a snapshot that it had. */
  async #rollBack(table: ModelTable): Promise<string> {
    const loaded = (await this.#load(table))!;
    const known = loaded.metadata.snapshots.filter((snapshot) => table.history.has(snapshot['snapshot-id']));
    if (known.length === 0) return 'nothing';
    const id = pick(this.#dice, known)['snapshot-id'];
    await commit(ports, loaded, async () => [
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id },
    ]);
    table.rows = table.history.get(id)!;
    return `roll ${table.name} back to ${id}`;
  }

  /** Another writer adds a column, of which our rows hold nothing. */
  async #addForeignColumn(table: ModelTable): Promise<string> {
    // Ids far from those that the model gives.
    const id = 10_000 + this.#foreign++;
    await commit(ports, (await this.#load(table))!, async (metadata) => {
      const live = currentSchema(metadata);
      const last = Math.max(...metadata.schemas.map((schema) => schema['schema-id']));
      const column = { id, name: `theirs_${id}`, required: false, type: 'string' };
      const schema = { ...live, 'schema-id': last + 1, fields: [column, ...live.fields] };
      return [
        { action: 'add-schema', schema },
        { action: 'set-current-schema', 'schema-id': -1 },
      ];
    });
    return `another writer adds column ${id} to ${table.name}`;
  }

  async #restart(): Promise<string> {
    await this.close();
    return 'restart';
  }

  async #move(): Promise<string> {
    await this.close();
    const place = path.join(path.dirname(this.#home), `home-${this.#moves++}`);
    renameSync(this.#home, place);
    this.#home = place;
    await relocateHome(ports, {
      directory: place,
      rounds: path.join(place, 'rounds'),
      warehouse: path.join(place, 'warehouse'),
    });
    return 'move the home';
  }

  #load({ name }: ModelTable): Promise<Table | undefined> {
    return loadTable(nodeDisk, path.join(this.#home, 'warehouse/firn', name));
  }
}

/** Arrival is not the model's to know. */
const isKnown = ({ name }: { name: string }): boolean => name !== 'received_at';

function compare(
  rows: Rows,
  fields: readonly IcebergField[],
  found: readonly Record<string, unknown>[],
  where: string,
): string | undefined {
  const known = fields.filter(isKnown);
  const expected = sorted([...rows.values()].map((row) => canonicalRow(known, byName(known, row))));
  const seen = sorted(found.map((row) => Object.fromEntries(known.map(({ name }) => [name, row[name]]))));
  const missing = expected.filter((row) => !seen.includes(row));
  const further = seen.filter((row) => !expected.includes(row));
  if (expected.length === seen.length && missing.length === 0 && further.length === 0) return undefined;
  return `${where}: ${seen.length} rows for ${expected.length}\n  missing: ${missing.join('\n    ')}\n  further: ${further.join('\n    ')}`;
}

/** The model's row under the names of a schema. */
function byName(
  fields: readonly IcebergField[],
  row: ReadonlyMap<number, Stored>,
): (name: string) => unknown {
  return (name) => {
    const field = fields.find((candidate) => candidate.name === name)!;
    return named(field.type, row.get(field.id) ?? null);
  };
}

function named(type: IcebergType, value: Stored): unknown {
  if (type === 'boolean') return value === null ? null : value === 'true';
  if (typeof type === 'string' || value === null) return value;
  if (type.type === 'list') return (value as Stored[]).map((item) => named(type.element, item));
  if (type.type === 'map') throw new Error('the model has no maps');
  const members = value as Map<number, Stored>;
  return Object.fromEntries(
    type.fields.map((field) => [field.name, named(field.type, members.get(field.id) ?? null)]),
  );
}
