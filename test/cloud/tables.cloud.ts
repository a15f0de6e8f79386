import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cloudView } from '../../lake/cloud/views.ts';
import {
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../lake/iceberg.ts';
import { contracts } from '../../schemas/index.ts';
import { root } from './render/platform.ts';
import { render } from './render/render.ts';

const graph = await render();
const tables = graph.all('CatalogTable').filter(({ inputs }) => inputs.openTableFormatInput !== undefined);

test('there is one table for each contract', () => {
  expect(tables.map(({ inputs }) => inputs.name).sort()).toEqual([...contracts.keys()].sort());
});

for (const contract of contracts.values()) {
  const { inputs, ignoreChanges } = tables.find((table) => table.inputs.name === contract.table)!;
  const { icebergTableInput: input, ...rest } = inputs.openTableFormatInput.icebergInput;

  test(`${contract.table} is made as its contract says, in Iceberg's own words`, () => {
    expect(rest).toEqual({ metadataOperation: 'CREATE', version: '2' });
    const schema = icebergSchema(contract);
    expect({
      ...input.schema,
      fields: input.schema.fields.map((field: { type: string }) => ({
        ...field,
        type: JSON.parse(field.type),
      })),
    }).toEqual({
      type: 'struct',
      schemaId: 0,
      ...(schema['identifier-field-ids'] && { identifierFieldIds: schema['identifier-field-ids'] }),
      fields: schema.fields,
    });
    const kebab = (fields: Record<string, unknown>[] = []) =>
      fields.map((field) =>
        Object.fromEntries(
          Object.entries(field).map(([key, value]) => [
            key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
            value,
          ]),
        ),
      );
    expect(kebab(input.partitionSpec?.fields)).toEqual(icebergPartitionSpec(contract).fields);
    expect(kebab(input.sortOrder?.fields)).toEqual(icebergSortOrder(contract).fields);
    expect(input.properties).toEqual(icebergProperties(contract));
    expect(input.location).toBe(`s3://${graph.one('Bucket', 'Warehouse').id}/${contract.table}`);
  });

  test(`nothing that others change of ${contract.table} is changed back by a deployment`, () => {
    expect(ignoreChanges).toEqual(
      expect.arrayContaining(['openTableFormatInput', 'parameters', 'storageDescriptor', 'description']),
    );
    // Beside an Iceberg definition the provider sends nothing else; what stood here would be sent by an update.
    expect(Object.keys(inputs).sort()).toEqual(['databaseName', 'name', 'openTableFormatInput']);
  });

  test(`${contract.table} is looked after by the three optimizers`, () => {
    const own = graph
      .all('CatalogTableOptimizer')
      .filter(({ inputs: { tableName } }) => tableName === contract.table);
    expect(own.map(({ inputs: { type } }) => type).sort()).toEqual([
      'compaction',
      'orphan_file_deletion',
      'retention',
    ]);
    for (const {
      inputs: { configuration },
    } of own) {
      expect(configuration).toMatchObject({
        enabled: true,
        roleArn: graph.one('Role', 'UpkeepRole').state.arn,
      });
    }
  });
}

test('every file of queries/views is a view in the catalog, as Athena writes views', () => {
  const folder = path.join(root, 'queries/views');
  const views = readdirSync(folder).map((file) =>
    cloudView(file, readFileSync(path.join(folder, file), 'utf8'), contracts.values()),
  );
  expect(views.map(({ name }) => name)).toEqual(expect.arrayContaining(['all_events', 'web_log_unique']));
  const made = graph.all('CatalogTable').filter(({ inputs }) => inputs.tableType === 'VIRTUAL_VIEW');
  expect(made.map(({ inputs }) => inputs.name).sort()).toEqual(views.map(({ name }) => name).sort());
  for (const { name, purpose, select, columns } of views) {
    const { inputs } = made.find((view) => view.inputs.name === name)!;
    expect(inputs).toMatchObject({
      databaseName: 'firn_dev',
      description: purpose,
      parameters: { presto_view: 'true' },
      viewExpandedText: '/* Presto View */',
    });
    const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(inputs.viewOriginalText) ?? [];
    const definition = JSON.parse(Buffer.from(encoded!, 'base64').toString());
    expect(definition).toMatchObject({
      originalSql: select,
      catalog: 'awsdatacatalog',
      schema: 'firn_dev',
    });
    const own = columns.map((column) => column.name);
    expect(definition.columns.map((column: { name: string }) => column.name)).toEqual(own);
    expect(inputs.storageDescriptor.columns.map((column: { name: string }) => column.name)).toEqual(own);
  }
});

test('every file of queries/ is a named query, word for word', () => {
  const files = readdirSync(path.join(root, 'queries'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.sql') && !file.startsWith('redshift'),
  );
  const queries = new Map(graph.all('NamedQuery').map(({ inputs }) => [inputs.name, inputs]));
  expect([...queries.keys()].sort()).toEqual(files.map((file) => path.basename(file, '.sql')).sort());
  for (const file of files) {
    const { query, database, workgroup } = queries.get(path.basename(file, '.sql'));
    expect(query).toBe(readFileSync(path.join(root, 'queries', file), 'utf8'));
    expect(query.length).toBeLessThan(262_144);
    expect([database, workgroup]).toEqual(['firn_dev', 'firn-dev']);
  }
});

test('workgroups hold queries to engine 3, encrypted results and a limit of what is scanned', () => {
  for (const { inputs } of graph.all('Workgroup')) {
    expect(inputs.configuration).toMatchObject({
      enforceWorkgroupConfiguration: true,
      engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
      resultConfiguration: { encryptionConfiguration: { encryptionOption: 'SSE_S3' } },
      bytesScannedCutoffPerQuery: 100 * 1024 ** 3,
    });
  }
});

test('what could not be delivered is a table over the prefix that Firehose writes', () => {
  const { inputs } = graph.one('CatalogTable', 'DeliveryErrorsTable');
  const errors = graph.one('Bucket', 'Errors').id;
  expect(inputs.parameters['storage.location.template']).toBe(
    `s3://${errors}/delivery/stream=\${stream}/type=\${type}/day=\${day}`,
  );
  const { s3Configuration } = graph.one('FirehoseDeliveryStream').inputs.icebergConfiguration;
  expect(s3Configuration.errorOutputPrefix).toBe(
    'delivery/stream=firn-dev-delivery/type=!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
  );
  expect(inputs.parameters['projection.stream.values']).toBe('firn-dev-delivery');
});
