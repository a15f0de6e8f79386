import { expect, test } from 'vitest';
import type { AvroRecord } from '../../lake/contract.ts';
import type { Graph, Resource } from './render/graph.ts';
import { render } from './render/render.ts';

const rating: AvroRecord = {
  type: 'record',
  name: 'page_rating',
  fields: [{ name: 'stars', type: 'int', 'field-id': 3 } as AvroRecord['fields'][number]],
  iceberg: { 'partition-spec': [{ source: 'received_at', transform: 'day' }] },
  'row-filter': { stars: [4, 5] },
};

const [dev, other, prod, more] = await Promise.all([
  render(),
  render({ stage: 'other' }),
  render({ stage: 'prod' }),
  render({ moreSchemas: [rating] }),
]);

/** Names that AWS knows a resource by; a prefix is completed, and a child's name is its parent's matter. */
function physicalNames(graph: Graph): Map<string, string> {
  const keys = ['name', 'bucketPrefix', 'namePrefix', 'dashboardName', 'bucket'];
  const inside =
    /LogStream|NamedQuery|CatalogTable|Alias|RolePolicy|Bucket[A-Z]|Permissions|Optimizer|Object/;
  return new Map(
    graph.resources
      .filter(({ type }) => type.startsWith('aws:') && !inside.test(type.split(':').at(-1)!))
      .flatMap(({ type, inputs }) =>
        keys
          .filter((key) => typeof inputs[key] === 'string')
          .map((key) => [`${type} ${inputs[key]}`, key] as const),
      ),
  );
}

test('two stages stand side by side without a name in common', () => {
  const names = physicalNames(dev!);
  expect(names.size).toBeGreaterThan(20);
  expect([...physicalNames(other!).keys()].filter((name) => names.has(name))).toEqual([]);
});

test('names that the whole account or all accounts share are completed by AWS', () => {
  for (const { inputs } of [...dev!.all('Role').filter(({ name }) => !name.includes('Function'))]) {
    if (inputs.name === undefined) expect(inputs.namePrefix).toMatch(/^firn-dev-[a-z]+-$/);
  }
  for (const { type, inputs } of dev!.all('Bucket')) {
    if (type === 'aws:s3/bucket:Bucket') expect(inputs.bucketPrefix).toMatch(/^firn-dev-[a-z]+-$/);
  }
});

test('a name that AWS would refuse is refused before anything is made', async () => {
  await expect(render({ stage: 'Feature_1' })).rejects.toThrow('the stage "Feature_1" cannot be deployed');
});

const holdsData = ['Stream', 'Key', 'CatalogTable'];
const dataOf = (graph: Graph): Resource[] => [
  ...holdsData
    .flatMap((type) => graph.all(type))
    // The one lies in the bucket of errors, the others are made of the project's files.
    .filter(({ name, inputs }) => name !== 'DeliveryErrorsTable' && inputs.tableType !== 'VIRTUAL_VIEW'),
  graph.one('Bucket', 'Warehouse'),
  graph.one('Bucket', 'Errors'),
];

test('production keeps its data, whatever becomes of the stage', () => {
  for (const { name, protect, retainOnDelete } of dataOf(prod!)) {
    expect([name, protect, retainOnDelete]).toEqual([name, true, true]);
  }
  expect(prod!.one('CatalogDatabase').retainOnDelete).toBe(true);
  expect([prod!.outputs._protect, dev!.outputs._protect]).toEqual([true, false]);
  expect(prod!.all('Bucket').filter(({ inputs }) => inputs.forceDestroy === true)).toEqual([]);
});

test('any other stage goes without a rest', () => {
  for (const { name, protect, retainOnDelete } of dev!.resources) {
    expect([name, protect, retainOnDelete]).toEqual([name, false, false]);
  }
  for (const { type, inputs } of dev!.all('Bucket')) {
    if (type === 'aws:s3/bucket:Bucket') expect(inputs.forceDestroy).toBe(true);
  }
  for (const { inputs } of dev!.all('Workgroup')) expect(inputs.forceDestroy).toBe(true);
});

test('alarms are on in production', () => {
  expect(dev!.all('MetricAlarm')).toEqual([]);
  const alarms = prod!
    .all('MetricAlarm')
    .flatMap(({ inputs: { metricName, metricQueries = [] } }) => [
      metricName,
      ...metricQueries.map((query: { metric?: { metricName: string } }) => query.metric?.metricName),
    ]);
  expect(alarms).toEqual(
    expect.arrayContaining([
      'DeliveryToIceberg.DataFreshness',
      'DeliveryToIceberg.FailedRowCount',
      'DataReadFromKinesisStream.Records',
      'KinesisMillisBehindLatest',
      'GetRecords.IteratorAgeMilliseconds',
      'Errors',
    ]),
  );
  const topic = prod!.one('Topic').state.arn;
  for (const { name, inputs } of prod!.all('MetricAlarm')) {
    expect(inputs.alarmActions).toEqual([topic]);
    // An alarm has a metric or an expression over several, one of which is what it looks at.
    const shown = (inputs.metricQueries ?? []).filter(
      ({ returnData }: { returnData?: boolean }) => returnData,
    );
    expect([name, inputs.metricName === undefined ? shown.length : 1]).toEqual([name, 1]);
    expect(inputs.datapointsToAlarm).toBeLessThanOrEqual(inputs.evaluationPeriods);
  }
});

/** Inputs that cannot change without the resource being made anew (provider documentation). */
const fixed: Record<string, string[]> = {
  'aws:kinesis/stream:Stream': ['name'],
  'aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream': [
    'name',
    'destination',
    'kinesisSourceConfiguration',
    'icebergConfiguration.destinationTableConfigurations',
    'icebergConfiguration.appendOnly',
  ],
  'aws:glue/catalogTable:CatalogTable': ['name', 'databaseName', 'openTableFormatInput'],
  'aws:glue/catalogDatabase:CatalogDatabase': ['name'],
  'aws:s3/bucket:Bucket': ['bucketPrefix'],
  'aws:iam/role:Role': ['name', 'namePrefix'],
  'aws:lakeformation/permissions:Permissions': [
    'principal',
    'permissions',
    'table',
    'tableWithColumns',
    'database',
    'dataLocation',
    'dataCellsFilter',
  ],
  'aws:lakeformation/dataCellsFilter:DataCellsFilter': ['tableData'],
  'aws:lakeformation/resource:Resource': ['arn'],
  'aws:athena/namedQuery:NamedQuery': ['name', 'query', 'database', 'workgroup'],
  'aws:athena/workgroup:Workgroup': ['name'],
  'aws:kms/key:Key': [],
  'aws:lambda/function:Function': ['name'],
  'aws:glue/catalogTableOptimizer:CatalogTableOptimizer': ['tableName', 'databaseName', 'type'],
};

test('a new table is added, and nothing is made anew for it', () => {
  const at = (value: unknown, path: string) =>
    path
      .split('.')
      .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
  const now = new Map(more!.resources.map((resource) => [resource.urn, resource]));
  for (const { urn, type, name, inputs } of dev!.resources) {
    const after = now.get(urn);
    expect(after, `${type} ${name} is still there`).toBeDefined();
    for (const path of fixed[type] ?? []) {
      expect([name, path, at(after!.inputs, path)]).toEqual([name, path, at(inputs, path)]);
    }
  }
  const known = new Set(dev!.resources.map(({ urn }) => urn));
  const added = more!.resources.filter(({ urn }) => !known.has(urn)).map(({ name }) => name);
  expect(added.sort()).toEqual(
    [
      'AnalystRowsOfPageRating',
      'PageRatingTable',
      'PageRatingCompaction',
      'PageRatingRetention',
      'PageRatingOrphanFileDeletion',
      ...['Analyst', 'Delivery', 'Engineer', 'Migrate', 'Upkeep'].map((who) => `${who}OnPageRating`),
    ].sort(),
  );
});

test("an analyst is granted a table's rows and columns by the contract's filter; others are granted the table", () => {
  const { tableData } = more!.one('DataCellsFilter', 'AnalystRowsOfPageRating').inputs as {
    tableData: Record<string, unknown>;
  };
  expect(tableData).toMatchObject({
    columnNames: ['event_id', 'received_at', 'stars'],
    rowFilter: { filterExpression: 'stars IN (4, 5)' },
  });
  const { name, databaseName, tableName, tableCatalogId } = tableData;
  const analyst = more!.one('Permissions', 'AnalystOnPageRating').inputs;
  expect(analyst).toMatchObject({ dataCellsFilter: { name, databaseName, tableName, tableCatalogId } });
  expect(analyst).not.toHaveProperty('tableWithColumns');
  expect(more!.one('Permissions', 'EngineerOnPageRating').inputs).toHaveProperty('table');
});

test('a changed contract has the tables migrated', () => {
  const trigger = (graph: Graph) => graph.one('Invocation', 'Migration').inputs.triggers;
  expect(trigger(more!)).not.toEqual(trigger(dev!));
});
