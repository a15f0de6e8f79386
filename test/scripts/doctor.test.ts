import { expect, test } from 'vitest';
import { type Problem, principalOf } from '../../lake/cloud/checks.ts';
import { grantProblems } from '../../lake/cloud/grant-checks.ts';
import { parseContract } from '../../lake/contract.ts';
import { visibleColumns } from '../../lake/grants.ts';
import { contracts } from '../../schemas/index.ts';
import { addAdmin, describe, diagnose, inPlainWords } from '../../scripts/cloud/doctor.ts';
import type { Clients } from '../../scripts/cloud/facts.ts';
import type { StageOutputs } from '../../scripts/cloud/outputs.ts';

const deployer = 'arn:aws:iam::123456789012:role/deployer';
const delivery = 'arn:aws:iam::123456789012:role/firn-dev-delivery';
const analyst = 'arn:aws:iam::123456789012:role/firn-dev-analyst';

const outputs: StageOutputs = {
  stage: 'dev',
  region: 'eu-west-1',
  url: 'https://api/v1',
  writeKey: 'key',
  stream: 'firn-dev-events',
  database: 'firn_dev',
  workgroup: 'firn-dev',
  analystWorkgroup: 'firn-dev-analyst',
  warehouse: 'warehouse',
  errors: 'errors',
  deliveryStreams: ['firn-dev-delivery'],
  engineerRole: 'arn:aws:iam::123456789012:role/firn-dev-engineer',
  analystRole: analyst,
};

/** What the commands are asked about. */
interface Input {
  Name?: string;
  Resource?: { Table?: { Name: string }; Database?: object; DataCellsFilter?: { Name: string } };
  Table?: { Name: string };
}
type Answers = Record<string, (input: Input) => unknown>;

/** What a stage answers in which all is well, in AWS's own shapes. */
const healthy: Answers = {
  GetCallerIdentityCommand: () => ({ Arn: 'arn:aws:sts::123456789012:assumed-role/deployer/ada' }),
  GetDataLakeSettingsCommand: () => ({
    DataLakeSettings: {
      DataLakeAdmins: [{ DataLakePrincipalIdentifier: deployer }],
      CreateDatabaseDefaultPermissions: [],
      CreateTableDefaultPermissions: [],
      Parameters: { CROSS_ACCOUNT_VERSION: '3' },
    },
  }),
  DescribeStreamSummaryCommand: () => ({
    StreamDescriptionSummary: { StreamStatus: 'ACTIVE', EncryptionType: 'KMS' },
  }),
  GetWorkGroupCommand: () => ({
    WorkGroup: { State: 'ENABLED', Configuration: { EnforceWorkGroupConfiguration: true } },
  }),
  DescribeDeliveryStreamCommand: () => ({
    DeliveryStreamDescription: {
      DeliveryStreamStatus: 'ACTIVE',
      Destinations: [
        {
          IcebergDestinationDescription: {
            RoleARN: delivery,
            CloudWatchLoggingOptions: { Enabled: true, LogGroupName: '/firehose', LogStreamName: 'tables' },
          },
        },
      ],
    },
  }),
  DescribeLogStreamsCommand: () => ({ logStreams: [{ logStreamName: 'tables' }] }),
  GetTableCommand: ({ Name }) => ({
    Table: {
      CatalogId: '123456789012',
      Parameters: { table_type: 'ICEBERG', metadata_location: 's3://w/m.json' },
      StorageDescriptor: { Columns: contracts.get(Name!)!.fields.map(({ name }) => ({ Name: name })) },
    },
  }),
  GetDatabaseCommand: () => ({ Database: { Name: 'default' } }),
  GetTableOptimizerCommand: () => ({
    TableOptimizer: { configuration: { enabled: true }, lastRun: { eventType: 'completed' } },
  }),
  ListPermissionsCommand: ({ Resource }) => ({
    PrincipalResourcePermissions:
      Resource!.Table === undefined ? [everybody] : grantsOf(Resource!.Table.Name),
  }),
  ListDataCellsFilterCommand: () => ({ DataCellsFilters: [] }),
};

function grantsOf(
  table: string,
  columns = visibleColumns(contracts.get(table)!, 'analyst').map(({ name }) => name),
) {
  return [
    {
      Principal: { DataLakePrincipalIdentifier: delivery },
      Permissions: ['SELECT', 'DESCRIBE', 'INSERT', 'DELETE', 'ALTER'],
      Resource: { Table: { Name: table } },
    },
    {
      Principal: { DataLakePrincipalIdentifier: analyst },
      Permissions: ['SELECT'],
      Resource: { TableWithColumns: { Name: table, ColumnNames: columns } },
    },
  ];
}

const absent = (name: string) => () => {
  throw Object.assign(new Error('not found'), { name });
};

/** Clients that answer by the command's name; `sent` keeps what was asked. */
function account(changed: Answers = {}) {
  const sent: { name: string; input: unknown }[] = [];
  const send = async (command: { constructor: { name: string }; input: Input }) => {
    const { name } = command.constructor;
    sent.push({ name, input: command.input });
    const answer = { ...healthy, ...changed }[name];
    if (answer === undefined) throw new Error(`nobody expected ${name}`);
    return answer(command.input);
  };
  const client = { send } as never;
  const clients: Clients = {
    sts: client,
    lakeFormation: client,
    glue: client,
    firehose: client,
    kinesis: client,
    athena: client,
    logs: client,
  };
  return { clients, sent };
}

const whats = (problems: readonly Problem[]) => problems.map(({ what }) => what);

test('a stage in which all is well has no problems', async () => {
  const problems = await diagnose(account().clients, 'dev', outputs, true);
  expect(problems).toEqual([]);
  expect(describe(problems, 'dev', true)).toBe('nothing is wrong with the stage dev\n');
});

test('before the first deployment only the account is looked at', async () => {
  const { clients, sent } = account();
  expect(await diagnose(clients, 'dev', undefined, true)).toEqual([]);
  expect(sent.map(({ name }) => name).sort()).toEqual([
    'GetCallerIdentityCommand',
    'GetDataLakeSettingsCommand',
  ]);
});

test('a deployer who is no administrator is told what to run', async () => {
  const nobody = { GetDataLakeSettingsCommand: () => ({ DataLakeSettings: { DataLakeAdmins: [] } }) };
  const [problem, ...others] = await diagnose(account(nobody).clients, 'dev', undefined, true);
  expect(problem!.what).toBe(`${deployer} is no data lake administrator; there are none`);
  expect(problem!.mend).toBe('npm run doctor -- --stage dev --make-me-admin');
  expect(others).toEqual([]);
});

test('one administrator more is added, and nothing else of the settings changes', async () => {
  const other = 'arn:aws:iam::123456789012:role/other';
  const before = {
    DataLakeAdmins: [{ DataLakePrincipalIdentifier: other }],
    ReadOnlyAdmins: [{ DataLakePrincipalIdentifier: 'arn:aws:iam::123456789012:role/auditor' }],
    CreateTableDefaultPermissions: [
      { Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL'] },
    ],
    TrustedResourceOwners: ['210987654321'],
  };
  const { clients, sent } = account({
    GetDataLakeSettingsCommand: () => ({ DataLakeSettings: before }),
    PutDataLakeSettingsCommand: () => ({}),
  });
  expect(await addAdmin(clients, undefined)).toBe(
    `${deployer} is a data lake administrator now; the others still are`,
  );
  expect(sent.find(({ name }) => name === 'PutDataLakeSettingsCommand')!.input).toEqual({
    DataLakeSettings: {
      ...before,
      DataLakeAdmins: [{ DataLakePrincipalIdentifier: other }, { DataLakePrincipalIdentifier: deployer }],
    },
  });
});

test('who is an administrator already changes nothing, and settings that did not come are not written back', async () => {
  const { clients, sent } = account();
  expect(await addAdmin(clients, undefined)).toContain('already');
  expect(sent.map(({ name }) => name)).not.toContain('PutDataLakeSettingsCommand');
  const silent = account({ GetDataLakeSettingsCommand: () => ({}) });
  await expect(addAdmin(silent.clients, undefined)).rejects.toThrow('try again');
});

test('a role of Identity Center, whose path a session does not tell, is asked for whole', async () => {
  const sso = {
    GetCallerIdentityCommand: () => ({ Arn: 'arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/ada' }),
  };
  await expect(addAdmin(account(sso).clients, undefined)).rejects.toThrow('--principal');
  expect(principalOf('arn:aws:iam::1:user/ada')).toBe('arn:aws:iam::1:user/ada');
});

const sick: [what: string, changed: Answers][] = [
  [
    'there is no stream firn-dev-events',
    { DescribeStreamSummaryCommand: absent('ResourceNotFoundException') },
  ],
  [
    'the stream firn-dev-events is not encrypted',
    {
      DescribeStreamSummaryCommand: () => ({
        StreamDescriptionSummary: { StreamStatus: 'ACTIVE', EncryptionType: 'NONE' },
      }),
    },
  ],
  [
    'the workgroup firn-dev is not enforced',
    { GetWorkGroupCommand: () => ({ WorkGroup: { State: 'ENABLED', Configuration: {} } }) },
  ],
  [
    'there is no delivery stream firn-dev-delivery',
    { DescribeDeliveryStreamCommand: absent('ResourceNotFoundException') },
  ],
  [
    'the delivery stream firn-dev-delivery is CREATING_FAILED: KMS_ACCESS_DENIED: no',
    {
      DescribeDeliveryStreamCommand: () => ({
        DeliveryStreamDescription: {
          DeliveryStreamStatus: 'CREATING_FAILED',
          FailureDescription: { Type: 'KMS_ACCESS_DENIED', Details: 'no' },
        },
      }),
    },
  ],
  [
    'firn-dev-delivery writes its log to /firehose:tables, which is not there',
    { DescribeLogStreamsCommand: () => ({ logStreams: [] }) },
  ],
  ['there is no table firn_dev.web_log', { GetTableCommand: absent('EntityNotFoundException') }],
  [
    'firn_dev.web_log is no Iceberg table any more: somebody updated it without its metadata_location',
    { GetTableCommand: () => ({ Table: { Parameters: {}, StorageDescriptor: { Columns: [] } } }) },
  ],
  [
    `firn_dev.rejected has no column ${[...contracts.get('rejected')!.fields]
      .slice(4)
      .map(({ name }) => name)
      .join(', ')}`,
    {
      GetTableCommand: (input) => {
        const answer = healthy.GetTableCommand!(input) as {
          Table: { StorageDescriptor: { Columns: unknown[] } };
        };
        answer.Table.StorageDescriptor.Columns.splice(4);
        return answer;
      },
    },
  ],
  ['web_log has no retention optimizer', { GetTableOptimizerCommand: absent('EntityNotFoundException') }],
  [
    'the compaction optimizer of web_log failed: AccessDenied',
    {
      GetTableOptimizerCommand: () => ({
        TableOptimizer: {
          configuration: { enabled: true },
          lastRun: { eventType: 'failed', error: 'AccessDenied' },
        },
      }),
    },
  ],
  [
    'web_log is granted to IAMAllowedPrincipals',
    {
      ListPermissionsCommand: () => ({
        PrincipalResourcePermissions: [
          ...grantsOf('web_log'),
          {
            Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' },
            Permissions: ['ALL'],
            Resource: { Table: {} },
          },
        ],
      }),
    },
  ],
  [
    'firn-dev-delivery is not granted SELECT, INSERT, DESCRIBE, ALTER on web_log',
    { ListPermissionsCommand: () => ({ PrincipalResourcePermissions: [] }) },
  ],
  [
    'the analyst sees nothing of web_log',
    { ListPermissionsCommand: () => ({ PrincipalResourcePermissions: [] }) },
  ],
  [
    'the analyst sees ip of web_log',
    { ListPermissionsCommand: () => ({ PrincipalResourcePermissions: grantsOf('web_log', ['ip', 'uri']) }) },
  ],
];

test.each(sick)('%s', async (what, changed) => {
  const problems = await diagnose(account(changed).clients, 'dev', outputs, true);
  expect(whats(problems)).toContain(what);
  for (const { why, mend } of problems) {
    expect(why).not.toBe('');
    expect(mend).not.toBe('');
  }
});

test('an analyst who sees some rows, by a filter, sees the columns that the filter has', async () => {
  const all = grantsOf('web_log');
  const filter = (ColumnNames: string[]): Answers => ({
    ListDataCellsFilterCommand: ({ Table }) => ({
      DataCellsFilters: Table!.Name === 'web_log' ? [{ Name: 'analyst_web_log', ColumnNames }] : [],
    }),
    ListPermissionsCommand: ({ Resource }) => {
      if (Resource?.DataCellsFilter !== undefined) {
        return { PrincipalResourcePermissions: [{ ...all[1], Resource }] };
      }
      if (Resource?.Table === undefined) return { PrincipalResourcePermissions: [everybody] };
      const { Name: name } = Resource.Table;
      return { PrincipalResourcePermissions: name === 'web_log' ? [all[0]] : grantsOf(name) };
    },
  });
  const visible = visibleColumns(contracts.get('web_log')!, 'analyst').map(({ name }) => name);
  expect(await diagnose(account(filter(visible)).clients, 'dev', outputs, true)).toEqual([]);
  const more = await diagnose(account(filter([...visible, 'ip'])).clients, 'dev', outputs, true);
  expect(whats(more)).toEqual(['the analyst sees ip of web_log']);
});

test('what AWS refuses to tell is thrown, not taken for absence', async () => {
  const denied = { GetTableCommand: absent('AccessDeniedException') };
  await expect(diagnose(account(denied).clients, 'dev', outputs, true)).rejects.toThrow('not found');
});

const creator = { Principal: { DataLakePrincipalIdentifier: deployer }, Permissions: ['ALL'] };
const everybody = {
  Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' },
  Permissions: ['ALL'],
};
const { analystRole: _, analystWorkgroup: __, ...ungoverned } = outputs;

test('where IAM alone decides, a catalog that is closed to it is told of, before the deployment and after it', async () => {
  const closed = {
    GetDataLakeSettingsCommand: () => ({ DataLakeSettings: { CreateDatabaseDefaultPermissions: [] } }),
  };
  const open = {
    GetDataLakeSettingsCommand: () => ({
      DataLakeSettings: { CreateDatabaseDefaultPermissions: [everybody] },
    }),
  };
  expect(whats(await diagnose(account(closed).clients, 'dev', undefined, false))).toEqual([
    'new databases of this account are closed to whom IAM alone allows, and the stage has governed: false',
  ]);
  expect(await diagnose(account(open).clients, 'dev', undefined, false)).toEqual([]);

  const grants = (of: (on: Input['Resource']) => boolean): Answers => ({
    ListPermissionsCommand: ({ Resource }) => ({
      PrincipalResourcePermissions: [of(Resource) ? everybody : creator],
    }),
  });
  const all = account(grants(() => true));
  expect(await diagnose(all.clients, 'dev', ungoverned, false)).toEqual([]);
  const problems = await diagnose(
    account(grants((on) => on!.Database === undefined && on!.Table?.Name !== 'web_log')).clients,
    'dev',
    ungoverned,
    false,
  );
  expect(problems.map(({ what, mend }) => [what.split(' ')[0], mend])).toEqual([
    [
      'firn_dev',
      `aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier=IAM_ALLOWED_PRINCIPALS --permissions ALL --resource '{"Database":{"Name":"firn_dev"}}'`,
    ],
    [
      'firn_dev.web_log',
      `aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier=IAM_ALLOWED_PRINCIPALS --permissions ALL --resource '{"Table":{"DatabaseName":"firn_dev","Name":"web_log"}}'`,
    ],
  ]);
});

const rating = parseContract(
  {
    type: 'record',
    name: 'page_rating',
    fields: [{ name: 'stars', type: 'int', 'field-id': 3 } as never],
    'row-filter': { stars: [4, 5] },
  },
  'page_rating.avsc',
);

test.each<[seen: string, contract: typeof rating, rows: (string | undefined)[], what: string[]]>([
  ['the rows of the filter', rating, ['stars IN (4, 5)'], []],
  [
    'all rows',
    rating,
    [undefined],
    ['the analyst sees all rows of page_rating, not only those where stars IN (4, 5)'],
  ],
  [
    'all rows, beside those of the filter',
    rating,
    ['stars IN (4, 5)', undefined],
    ['the analyst sees all rows of page_rating, not only those where stars IN (4, 5)'],
  ],
  [
    'the rows of another filter',
    rating,
    ['stars IN (1)'],
    ['the analyst sees rows where stars IN (1) of page_rating, not only those where stars IN (4, 5)'],
  ],
  ['all rows, where no contract filters', { ...rating, rowFilter: [] }, [undefined], []],
  [
    'some rows, where no contract filters',
    { ...rating, rowFilter: [] },
    ['stars IN (1)'],
    ['the analyst sees only rows of page_rating where stars IN (1)'],
  ],
])('an analyst is granted %s', (_seen, contract, rows, what) => {
  const columns = contract.fields.map(({ name }) => name);
  const grants = new Map([[analyst, { permissions: ['SELECT'], columns, rows }]]);
  const where = { deliveries: [], analyst, database: 'firn_dev' };
  expect(whats(grantProblems(contract, grants, where, 'npx sst deploy'))).toEqual(what);
});

test('what an analyst sees too much of is revoked, since a deployment revokes only what it granted', async () => {
  const more = {
    ListPermissionsCommand: ({ Resource }: Input) => ({
      PrincipalResourcePermissions:
        Resource?.Table?.Name === 'web_log'
          ? grantsOf('web_log', ['ip', 'uri'])
          : grantsOf(Resource?.Table?.Name ?? 'rejected'),
    }),
  };
  const problems = await diagnose(account(more).clients, 'dev', outputs, true);
  expect(problems.find(({ what }) => what === 'the analyst sees ip of web_log')!.mend).toContain(
    `revoke-permissions --principal DataLakePrincipalIdentifier=${analyst} --permissions SELECT --resource '{"TableWithColumns":{"DatabaseName":"firn_dev","Name":"web_log","ColumnNames":["ip"]}}'`,
  );
});

test('a view that is not there is told of, and one that an analyst may not ask, or should not', async () => {
  const view = (isForAnalysts: boolean) => [{ name: 'all_events', isForAnalysts }];
  const views = (readers: string[]): Answers => ({
    GetTableCommand: (input) =>
      input.Name === 'all_events'
        ? { Table: { TableType: 'VIRTUAL_VIEW' } }
        : healthy.GetTableCommand!(input),
    ListPermissionsCommand: (input) =>
      input.Resource?.Table?.Name === 'all_events'
        ? {
            PrincipalResourcePermissions: readers.map((reader) => ({
              Principal: { DataLakePrincipalIdentifier: reader },
              Permissions: ['SELECT'],
            })),
          }
        : healthy.ListPermissionsCommand!(input),
  });
  const found = async (changed: Answers, isForAnalysts: boolean) =>
    whats(await diagnose(account(changed).clients, 'dev', outputs, true, view(isForAnalysts)));
  expect(await found(views([analyst]), true)).toEqual([]);
  expect(await found(views([]), false)).toEqual([]);
  expect(await found(views([]), true)).toEqual(['the analyst may not ask the view all_events']);
  expect(await found(views([analyst]), false)).toEqual([
    'the analyst may ask the view all_events, whose tables hide rows from analysts',
  ]);
  const gone: Answers = {
    GetTableCommand: (input) =>
      input.Name === 'all_events' ? absent('EntityNotFoundException')() : healthy.GetTableCommand!(input),
  };
  expect(await found(gone, true)).toEqual(['there is no view firn_dev.all_events']);
});

test('where no region or nobody is named, it is said what to set', async () => {
  const missing = Promise.reject(new Error('Region is missing'));
  await expect(inPlainWords(missing, 'dev')).rejects.toThrow(
    'AWS_REGION=<region> npm run doctor -- --stage dev',
  );
  const nobody = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
  await expect(inPlainWords(Promise.reject(nobody), 'dev')).rejects.toThrow('aws sso login');
  const other = new Error('denied');
  await expect(inPlainWords(Promise.reject(other), 'dev')).rejects.toBe(other);
});

test('a database default that Athena could not see is told of, where there is one', async () => {
  const closed = (on: Answers): Answers => ({
    ListPermissionsCommand: (input) =>
      input.Resource!.Database === undefined
        ? healthy.ListPermissionsCommand!(input)
        : { PrincipalResourcePermissions: [] },
    ...on,
  });
  const problems = await diagnose(account(closed({})).clients, 'dev', outputs, true);
  expect(problems.map(({ what, mend }) => [what, mend])).toEqual(
    [
      ['analyst', analyst],
      ['engineer', outputs.engineerRole],
    ].map(([name, role]) => [
      `the ${name} may not see the database default`,
      `aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier=${role} --permissions DESCRIBE --resource '{"Database":{"Name":"default"}}'`,
    ]),
  );
  const none = { GetDatabaseCommand: absent('EntityNotFoundException') };
  expect(await diagnose(account(closed(none)).clients, 'dev', outputs, true)).toEqual([]);
});

test('where IAM alone decides, whom Lake Formation shows nothing is told nothing of it', async () => {
  const denied = { ListPermissionsCommand: absent('AccessDeniedException') };
  expect(await diagnose(account(denied).clients, 'dev', ungoverned, false)).toEqual([]);
  const empty = { ListPermissionsCommand: () => ({ PrincipalResourcePermissions: [] }) };
  expect(await diagnose(account(empty).clients, 'dev', ungoverned, false)).toEqual([]);
});
