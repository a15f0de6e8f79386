import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AvroRecord } from '../../lake/contract.ts';
import { makeCountryDatabase } from '../functions/mmdb.ts';
import { render } from './render/render.ts';

const profile: AvroRecord = {
  type: 'record',
  name: 'profile',
  fields: [{ name: 'user_id', type: 'string', 'field-id': 3 } as AvroRecord['fields'][number]],
  write: 'upsert',
  identifier: ['user_id'],
};

/** Names that the graph uses for other things too. */
const named = (name: string): AvroRecord => ({
  type: 'record',
  name,
  fields: [{ name: 'size', type: 'int', 'field-id': 3 } as AvroRecord['fields'][number]],
});

const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-country-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const countries = path.join(folder, 'countries.mmdb');
writeFileSync(countries, makeCountryDatabase({ '11000000': 'NL' }));

const everything = {
  FIRN_ARCHIVE: 'true',
  FIRN_DIRECT_PUT: 'true',
  FIRN_ALARM_EMAIL: 'on-call@example.com',
  FIRN_ENRICH_COUNTRY: 'false',
  FIRN_ENRICH_OWN_DOMAINS: 'pay.example',
};
const [plain, full, ungoverned, upserting] = await Promise.all([
  render(),
  render({ environment: everything }),
  render({ environment: { FIRN_GOVERNED: 'false' }, place: { admins: [] } }),
  render({
    moreSchemas: [profile, named('database'), named('warehouse')],
    environment: { FIRN_DIRECT_PUT: 'true', FIRN_ENRICH_COUNTRY_DATABASE: countries },
  }),
]);

test('direct put is off, and is one delivery stream more when it is on', () => {
  const names = (graph: typeof plain) =>
    graph!.all('FirehoseDeliveryStream').map(({ inputs }) => inputs.name);
  expect(names(plain)).toEqual(['firn-dev-delivery']);
  expect(names(full).sort()).toEqual(['firn-dev-delivery', 'firn-dev-direct']);
  const direct = full!.one('FirehoseDeliveryStream', 'Direct').inputs;
  expect(direct.kinesisSourceConfiguration).toBeUndefined();
  expect(direct.serverSideEncryption).toMatchObject({ enabled: true, keyArn: full!.one('Key').state.arn });
});

test('the archive is off, and reads the stream from its beginning when it is on', () => {
  expect(plain!.all('EventSourceMapping')).toEqual([]);
  expect(plain!.outputs).not.toHaveProperty('archive');
  expect(full!.one('EventSourceMapping').inputs).toMatchObject({
    eventSourceArn: full!.one('Stream', 'Stream').state.arn,
    functionName: full!.one('Alias', 'ArchiveAlias').state.arn,
    startingPosition: 'TRIM_HORIZON',
    maximumRetryAttempts: -1,
  });
  const { parameters } = full!.one('CatalogTable', 'RawRecordsTable').inputs;
  expect(parameters['storage.location.template']).toMatch(
    /^s3:\/\/[^/]+\/raw\/year=\$\{year\}\/month=\$\{month\}\/day=\$\{day\}\/hour=\$\{hour\}$/,
  );
});

test('parts of enrichment that are switched off are off in the transform, the others as they are', () => {
  const variables = (graph: typeof plain) =>
    graph!.one('Function', 'TransformFunction').inputs.environment.variables as Record<string, string>;
  const enrichment = (graph: typeof plain) =>
    Object.entries(variables(graph)).filter(([name]) => name.startsWith('FIRN_ENRICH_'));
  expect(enrichment(plain)).toEqual([]);
  expect(enrichment(full)).toEqual([
    ['FIRN_ENRICH_COUNTRY', 'false'],
    ['FIRN_ENRICH_OWN_DOMAINS', 'pay.example'],
  ]);
});

test('a database of countries goes with the code of every transform, and with no other; it is off by default', () => {
  const variables = (graph: typeof plain, name: string) =>
    graph!.one('Function', `${name}Function`).inputs.environment.variables as Record<string, string>;
  expect(variables(plain, 'Transform')).not.toHaveProperty('FIRN_ENRICH_COUNTRY_DATABASE');
  for (const name of ['Transform', 'UpsertTransform', 'DirectTransform', 'DirectUpsertsTransform']) {
    expect(variables(upserting, name)).toMatchObject({
      FIRN_ENRICH_COUNTRY_DATABASE: '/var/task/country.mmdb',
    });
  }
  expect(upserting!.files.Transform).toContain('country.mmdb');
  expect(plain!.files.Transform).not.toContain('country.mmdb');
  expect(upserting!.files.Migrate).not.toContain('country.mmdb');
});

test('a database of countries that the transform could not read is refused before anything is made', async () => {
  const wrong = path.join(folder, 'wrong.mmdb');
  writeFileSync(wrong, 'no database');
  await expect(render({ environment: { FIRN_ENRICH_COUNTRY_DATABASE: wrong } })).rejects.toThrow(
    "wrong.mmdb is in another format; expected a database of countries in MaxMind's format",
  );
});

test('an address for alarms is subscribed, if there is one', () => {
  expect(plain!.all('TopicSubscription')).toEqual([]);
  expect(full!.one('TopicSubscription').inputs).toMatchObject({
    protocol: 'email',
    endpoint: 'on-call@example.com',
  });
});

test('where IAM alone decides, Lake Formation is left alone, and there is no analyst', () => {
  expect(ungoverned!.all('Permissions')).toEqual([]);
  expect(ungoverned!.all('Resource').filter(({ type }) => type.startsWith('aws:lakeformation'))).toEqual([]);
  expect(ungoverned!.all('Role').map(({ name }) => name)).not.toContain('AnalystRole');
  expect(ungoverned!.all('Workgroup')).toHaveLength(1);
  const engineer = ungoverned!.one('RolePolicy', 'EngineerPolicy').inputs.policy;
  expect(engineer).toContain(`${ungoverned!.one('Bucket', 'Warehouse').state.arn}/*`);
  expect(ungoverned!.one('CatalogDatabase').inputs.createTableDefaultPermissions[0].principal).toEqual({
    dataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS',
  });
});

test('a deployer who could not grant is told so first, with the command that mends it', async () => {
  const refused = render({ place: { admins: ['arn:aws:iam::123456789012:role/somebody-else'] } });
  await expect(refused).rejects.toThrow('npm run doctor -- --stage dev --make-me-admin');
});

test('a contract whose rows replace others brings a second delivery stream, and each leaves the other its rows', () => {
  const upserts = upserting!.one('FirehoseDeliveryStream', 'Upserts').inputs;
  expect(upserts.icebergConfiguration.appendOnly).toBe(false);
  expect(upserting!.one('FirehoseDeliveryStream', 'Delivery').inputs.icebergConfiguration.appendOnly).toBe(
    true,
  );
  const writes = (name: string) => upserting!.one('Function', name).inputs.environment.variables.FIRN_WRITES;
  expect(writes('TransformFunction')).toBe('append');
  expect(writes('UpsertTransformFunction')).toBe('upsert');
  expect(plain!.one('Function', 'TransformFunction').inputs.environment.variables.FIRN_WRITES).toBe('all');
});

test('the first contract whose rows replace others loses none while its stream is made', () => {
  const before = [...upserting!.before(upserting!.one('Function', 'TransformFunction'))].map(
    ({ name }) => name,
  );
  expect(before).toContain('Upserts');
});

test('a stream for direct puts stays what it is when a contract upserts: a second one takes those rows', () => {
  const stream = (graph: typeof plain, name: string) =>
    graph!.one('FirehoseDeliveryStream', name).inputs as {
      name: string;
      icebergConfiguration: { appendOnly: boolean };
    };
  for (const graph of [full, upserting]) {
    expect(stream(graph, 'Direct')).toMatchObject({
      name: 'firn-dev-direct',
      icebergConfiguration: { appendOnly: true },
    });
  }
  expect(stream(upserting, 'DirectUpserts')).toMatchObject({
    name: 'firn-dev-direct-upserts',
    icebergConfiguration: { appendOnly: false },
  });
  const told = (name: string) => upserting!.one('Function', name).inputs.environment.variables;
  expect(told('DirectTransformFunction')).toMatchObject({
    FIRN_WRITES: 'append',
    FIRN_OTHERS_GO_TO: 'firn-dev-direct-upserts',
  });
  expect(told('DirectUpsertsTransformFunction').FIRN_WRITES).toBe('all');
  // Whoever is handed the same records as another stream has nothing to reject.
  expect(told('TransformFunction')).not.toHaveProperty('FIRN_OTHERS_GO_TO');
  expect(upserting!.outputs.deliveryStreams).toEqual([
    'firn-dev-delivery',
    'firn-dev-upserts',
    'firn-dev-direct',
    'firn-dev-direct-upserts',
  ]);
});

test('what any of the transforms rejects is counted', () => {
  const counted = (graph: typeof plain) =>
    graph!.all('LogMetricFilter').map(({ inputs }) => inputs.logGroupName);
  expect(counted(plain)).toEqual(['/aws/lambda/firn-dev-transform']);
  expect(counted(upserting).sort()).toEqual(
    ['directtransform', 'directupsertstransform', 'transform', 'upserttransform'].map(
      (name) => `/aws/lambda/firn-dev-${name}`,
    ),
  );
});

test('the budget is of this app and this stage: another app may have a stage of the same name', () => {
  const { filterExpression, costFilters } = plain!.one('Budget').inputs;
  expect(filterExpression).toEqual({
    ands: [{ tags: { key: 'sst:app', values: ['firn'] } }, { tags: { key: 'sst:stage', values: ['dev'] } }],
  });
  expect(costFilters).toBeUndefined();
});

test('a table may be called as it likes: nothing in the graph has the same name twice', () => {
  const urns = upserting!.resources.map(({ urn }) => urn);
  expect(urns.filter((urn, i) => urns.indexOf(urn) !== i)).toEqual([]);
  expect(upserting!.all('CatalogTable').map(({ inputs }) => inputs.name)).toEqual(
    expect.arrayContaining(['database', 'warehouse']),
  );
});

test('a region without the middle of the pipeline is refused before anything is made', async () => {
  await expect(render({ place: { region: 'mx-central-1' } })).rejects.toThrow(
    'Firehose delivers into no Iceberg tables in mx-central-1',
  );
});

test('a setting out of its limits is refused with its name', async () => {
  await expect(render({ environment: { FIRN_RETENTION_HOURS: '1' } })).rejects.toThrow('retentionHours');
});

test('what the commands need to know is an output', () => {
  expect(plain!.outputs).toMatchObject({
    region: 'eu-west-1',
    stream: 'firn-dev-events',
    database: 'firn_dev',
    workgroup: 'firn-dev',
    analystWorkgroup: 'firn-dev-analyst',
    deliveryStreams: ['firn-dev-delivery'],
  });
});

test('the warehouse is off; on, it reads the stream, and its SQL is applied by migrate', async () => {
  expect(plain!.all('Workgroup').map(({ type }) => type)).not.toContain(
    'aws:redshiftserverless/workgroup:Workgroup',
  );
  const graph = await render({ environment: { FIRN_WAREHOUSE: 'true' } });
  const workgroup = graph.one('Workgroup', 'WarehouseWorkgroup');
  expect(workgroup.inputs).toMatchObject({ publiclyAccessible: false, baseCapacity: 8, maxCapacity: 8 });
  expect(graph.one('Namespace').inputs).toMatchObject({
    manageAdminPassword: true,
    kmsKeyId: graph.one('Key').state.arn,
  });
  const role = JSON.parse(graph.one('Role', 'RedshiftRole').inputs.assumeRolePolicy).Statement[0];
  expect(role.Principal).toEqual({
    Service: ['redshift-serverless.amazonaws.com', 'redshift.amazonaws.com'],
  });
  const { input, functionName } = graph.one('Invocation', 'WarehouseSql').inputs;
  expect(functionName).toBe(graph.one('Function', 'MigrateFunction').state.name);
  const { statements } = JSON.parse(input).warehouse as { statements: { name: string; sql: string }[] };
  expect(statements.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['1-kinesis', '2-landing', '3-events', 'web_log', '9-grants']),
  );
  expect(statements[0]!.sql).toContain(graph.one('Role', 'RedshiftRole').state.arn);
  // No file of Redshift's dialect is offered to Athena.
  expect(graph.all('NamedQuery').map(({ inputs }) => inputs.name)).not.toContain('revenue-now');
  const first = [...graph.before(graph.one('Invocation', 'WarehouseSql'))].map(({ name }) => name);
  expect(first).toEqual(
    expect.arrayContaining(['RedshiftPolicy', 'MigrateWarehousePolicy', 'WarehouseNamespace']),
  );
});
