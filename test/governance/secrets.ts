/** A lakehouse with secrets in every place where personal data may be, beside data that analysts may see. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseContract } from '../../lake/contract.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import { icebergSchema } from '../../lake/iceberg.ts';
import { parseView } from '../../lake/queries.ts';
import type { Contract } from '../../lake/types.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { toPath, toUri } from '../../local/iceberg/location.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import type { DataFile } from '../../local/iceberg/types.ts';
import { ports, specOf, stageRows } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from '../sql/iceberg-lake.ts';

/** Every secret begins so, and nothing else has it. */
export const marker = 'zqx';

/** Columns that hold secrets, under any name that they ever had. */
export const hiddenNames = ['ip', 'address', 'who', 'tags', 'phone', 'mail', 'secret'];

const text = (id: number, name: string): IcebergField => ({ id, name, required: false, type: 'string' });

export const contract: Contract = parseContract(
  {
    type: 'record',
    name: 'visit',
    doc: 'Somebody came.',
    fields: [
      { name: 'page', type: ['null', 'string'], default: null, 'field-id': 3 },
      { name: 'ip', type: ['null', 'string'], default: null, 'field-id': 4, pii: true },
      {
        name: 'who',
        'field-id': 5,
        default: null,
        type: [
          'null',
          {
            type: 'record',
            name: 'who',
            fields: [
              { name: 'city', type: ['null', 'string'], default: null, 'field-id': 6 },
              { name: 'mail', type: ['null', 'string'], default: null, 'field-id': 7, pii: true },
            ],
          },
        ],
      },
      {
        name: 'tags',
        'field-id': 8,
        default: null,
        pii: true,
        type: ['null', { type: 'array', items: 'string', 'element-id': 9 }],
      },
      { name: 'n', type: ['null', 'int'], default: null, 'field-id': 10 },
      {
        name: 'extra',
        'field-id': 11,
        default: null,
        type: [
          'null',
          {
            type: 'record',
            name: 'extra',
            fields: [{ name: 'a', type: ['null', 'string'], default: null, 'field-id': 12 }],
          },
        ],
      },
      { name: 'kind', type: 'string', 'field-id': 14 },
    ],
  },
  'visit.avsc',
);

/** The schema before the contract changed: a renamed column, a dropped one, a struct that lost a member. */
function formerSchema(): IcebergSchema {
  const fields = icebergSchema(contract).fields.map((field): IcebergField => {
    if (field.name === 'ip') return { ...field, name: 'address' };
    if (field.name !== 'extra') return field;
    return { ...field, type: { type: 'struct', fields: [text(12, 'a'), text(13, 'secret')] } };
  });
  return { type: 'struct', 'schema-id': 0, fields: [...fields, text(15, 'phone')] };
}

const views = [
  ['visit_all', 'SELECT * FROM visit'],
  ['visit_named', 'SELECT page, ip FROM visit'],
  ['visit_counts', 'SELECT kind, count(*) AS visits FROM visit GROUP BY kind'],
].map(([name, select]) =>
  parseView(
    `${name}.sql`,
    `-- name: ${name}\n-- purpose: Test.\nCREATE OR REPLACE VIEW ${name} AS ${select}\n`,
  ),
);

/** `salt`: makes the secrets others, of the same length. */
export async function openSecretLake(home: string, salt: string): Promise<IcebergLake> {
  const broken = { ...contract, table: 'broken' };
  const contracts = new Map([
    ['visit', contract],
    ['broken', broken],
  ]);
  const lake = await openIcebergLake(home, { contracts, views });
  const writer = await openDuckdbWriter(ports.disk, { memoryLimit: '256MiB', threads: 1 });
  const secret = (what: string) => `${marker}${what}${salt}`;
  const schema = formerSchema();
  const spec = specOf(schema, ['kind', 'identity'], ['address', 'identity'], ['phone', 'identity']);
  const common = (at: number) => ({
    event_id: `e${at}`,
    received_at: Date.UTC(2026, 0, 1 + at) * 1000,
    page: `/p${at % 3}`,
    who: { city: 'Bern', mail: secret('mail') },
    tags: [secret('tag')],
    n: at,
    kind: at % 2 === 0 ? 'view' : 'buy',
  });
  await lake.create('visit', schema, spec);
  await lake.append(
    'visit',
    [0, 1, 2].map((at) => ({
      ...common(at),
      address: secret(`ad${at}`),
      phone: secret('tel'),
      extra: { a: 'x', secret: secret('ex') },
    })),
  );
  const former = await lake.change('visit', {
    action: 'set-snapshot-ref',
    'ref-name': 'former',
    type: 'tag',
    'snapshot-id': (await lake.load('visit')).metadata['current-snapshot-id']!,
  });
  await lake.change(
    'visit',
    {
      action: 'add-schema',
      schema: { ...icebergSchema(contract), 'schema-id': former.metadata.schemas.length },
    },
    { action: 'set-current-schema', 'schema-id': -1 },
    {
      action: 'add-spec',
      spec: { ...specOf(icebergSchema(contract), ['kind', 'identity'], ['ip', 'truncate[8]']), 'spec-id': 1 },
    },
    { action: 'set-default-spec', 'spec-id': -1 },
  );
  const rows = [3, 4, 5].map((at) => ({ ...common(at), ip: secret(`ip${at}`), extra: { a: 'y' } }));
  const table = await lake.load('visit');
  const staged = await stageRows(writer, table, rows);
  if (!('files' in staged)) throw new Error('too many partitions');
  // As other engines write: values in paths, in summaries and in properties.
  await appendFiles(
    ports,
    table,
    staged.files.map((file) => moved(file, secret('path'))),
    {
      summary: { [`partitions.ip=${secret('sum')}`]: 'added-data-files=1', note: secret('note') },
      properties: { note: secret('prop') },
    },
  );

  const whole = await lake.create('broken', icebergSchema(contract));
  const lost = await stageRows(writer, whole, rows);
  if (!('files' in lost)) throw new Error('too many partitions');
  const gone = lost.files.map((file) => moved(file, secret('lost')));
  await appendFiles(ports, whole, gone);
  for (const { filePath } of gone) rmSync(toPath(filePath));

  await lake.create('foreign', { type: 'struct', 'schema-id': 0, fields: [text(1, 'page'), text(2, 'ip')] });
  await lake.append('foreign', [{ page: secret('pg'), ip: secret('fo') }]);
  await writer.close();
  return lake;
}

/** A data file in a folder that is named for a value, with a blank in it. */
function moved(file: DataFile, value: string): DataFile {
  const from = toPath(file.filePath);
  const folder = path.join(path.dirname(from), `ip=${value} x`);
  mkdirSync(folder, { recursive: true });
  const to = path.join(folder, path.basename(from));
  renameSync(from, to);
  return { ...file, filePath: toUri(to) };
}
