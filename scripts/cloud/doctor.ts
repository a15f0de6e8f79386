/** `npm run doctor`: facts → problems → words; and, if asked, one administrator more. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import {
  type DataLakeSettings,
  GetDataLakeSettingsCommand,
  LakeFormationClient,
  PutDataLakeSettingsCommand,
} from '@aws-sdk/client-lakeformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  accountProblems,
  isAdmin,
  needsWholeArn,
  type Problem,
  principalOf,
  stageProblems,
  ungovernedAccountProblems,
} from '../../lake/cloud/checks.ts';
import { cloudSettings } from '../../lake/cloud/settings.ts';
import { cloudView, viewGrants } from '../../lake/cloud/views.ts';
import { Fault } from '../../lake/errors.ts';
import { contracts } from '../../schemas/index.ts';
import { stages } from '../../stacks/stages.ts';
import { type Command, UsageError } from '../cli.ts';
import { readFolder } from '../query/queries.ts';
import { type Clients, type ExpectedView, gatherStage } from './facts.ts';
import { type StageOutputs, stageOutputs } from './outputs.ts';

const flags = {
  stage: { type: 'string', value: 'name', help: 'the stage, whether it is deployed yet or not' },
  'make-me-admin': {
    type: 'boolean',
    help: 'add the caller to the data lake administrators, and change nothing else',
  },
  principal: { type: 'string', value: 'arn', help: 'whom --make-me-admin adds, instead of the caller' },
} as const;

export const doctorCommand: Command<typeof flags> = {
  name: 'npm run doctor --',
  summary: 'Checks an account before a deployment, and a stage after it. Exit code 1: something is wrong.',
  flags,
  examples: ['npm run doctor -- --stage dev', 'npm run doctor -- --stage dev --make-me-admin'],
  async run({ stage, 'make-me-admin': makeAdmin, principal }) {
    if (stage === undefined) throw new UsageError('--stage is missing');
    if (principal !== undefined && !makeAdmin) throw new UsageError('--principal goes with --make-me-admin');
    const outputs = await stageOutputs(stage, process.env).catch((error: Error) => {
      console.error(`Only the account is looked at. ${error.message}\n`);
      return undefined;
    });
    const clients = openClients(outputs?.region);
    if (makeAdmin) {
      process.stdout.write(`${await inPlainWords(addAdmin(clients, principal), stage)}\n`);
      return 0;
    }
    const { governed } = cloudSettings(stages[stage] ?? {}, process.env);
    const problems = await inPlainWords(
      diagnose(clients, stage, outputs, governed, await expectedViews()),
      stage,
    );
    process.stdout.write(describe(problems, stage, outputs !== undefined));
    return problems.length === 0 ? 0 : 1;
  },
};

/** What the SDK says where nobody told it which account to ask, and what to do about it. */
export async function inPlainWords<T>(answer: Promise<T>, stage: string): Promise<T> {
  const again = `npm run doctor -- --stage ${stage}`;
  try {
    return await answer;
  } catch (error) {
    const { name, message } = error as Error;
    if (/Region is missing/i.test(message)) {
      throw new Fault(
        `no AWS region is set, and an account is looked at region by region: AWS_REGION=<region> ${again}, or aws configure set region <region>`,
      );
    }
    if (
      name === 'CredentialsProviderError' ||
      /ExpiredToken|UnrecognizedClient|InvalidClientTokenId/.test(name)
    ) {
      throw new Fault(
        `AWS does not know who asks (${message}): sign in (aws sso login, aws configure) or name a profile, AWS_PROFILE=<profile> ${again}`,
      );
    }
    throw error;
  }
}

/** Those of this checkout. */
async function expectedViews(): Promise<ExpectedView[]> {
  const own = [...contracts.values()];
  const views = (await readFolder('views')).map(({ name, sql }) => cloudView(`${name}.sql`, sql, own));
  const forAnalysts = viewGrants(views, own)
    .filter(({ role }) => role === 'analyst')
    .map(({ view }) => view);
  return views.map(({ name }) => ({ name, isForAnalysts: forAnalysts.includes(name) }));
}

/** Everything that is wrong. `governed`: Lake Formation is to decide; of a deployed stage, its outputs tell. */
export async function diagnose(
  clients: Clients,
  stage: string,
  outputs: StageOutputs | undefined,
  governed: boolean,
  views: readonly ExpectedView[] = [],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (outputs === undefined ? governed : outputs.analystRole !== undefined) {
    const settings = await readSettings(clients);
    const caller = await callerOf(clients);
    problems.push(...accountProblems({ caller, admins: adminsOf(settings) }, stage));
  } else if (outputs === undefined) {
    problems.push(...ungovernedAccountProblems(newDatabasesOpenTo(await readSettings(clients))));
  }
  if (outputs === undefined) return problems;
  const facts = await gatherStage(clients, outputs, contracts.keys(), views);
  return [...problems, ...stageProblems(facts, contracts)];
}

/**
 * Adds one administrator. The settings are the account's and are replaced whole, so all that was read is written
 * back with one more entry.
 */
export async function addAdmin(clients: Clients, principal: string | undefined): Promise<string> {
  const caller = principal ?? (await callerOf(clients));
  if (principal === undefined && needsWholeArn(caller)) {
    throw new Fault(
      `${caller} is a role of IAM Identity Center, whose whole ARN has a path that only IAM tells: ` +
        `aws iam get-role --role-name ${caller.split('/').pop()} --query Role.Arn; give it with --principal`,
    );
  }
  const settings = await readSettings(clients);
  if (isAdmin({ caller, admins: adminsOf(settings) })) return `${caller} is an administrator already`;
  await clients.lakeFormation.send(
    new PutDataLakeSettingsCommand({
      DataLakeSettings: {
        ...settings,
        DataLakeAdmins: [...(settings.DataLakeAdmins ?? []), { DataLakePrincipalIdentifier: caller }],
      },
    }),
  );
  return `${caller} is a data lake administrator now; the others still are`;
}

async function readSettings({ lakeFormation }: Clients): Promise<DataLakeSettings> {
  const { DataLakeSettings: settings } = await lakeFormation.send(new GetDataLakeSettingsCommand({}));
  // Written back, an absent list would be an empty one: whoever was in it would be out.
  if (settings === undefined) throw new Fault('Lake Formation answered without its settings: try again');
  return settings;
}

function adminsOf({ DataLakeAdmins = [] }: DataLakeSettings): string[] {
  return DataLakeAdmins.map(({ DataLakePrincipalIdentifier }) => DataLakePrincipalIdentifier ?? '');
}

function newDatabasesOpenTo({ CreateDatabaseDefaultPermissions = [] }: DataLakeSettings): string[] {
  return CreateDatabaseDefaultPermissions.map(
    ({ Principal }) => Principal?.DataLakePrincipalIdentifier ?? '',
  );
}

async function callerOf({ sts }: Clients): Promise<string> {
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  return principalOf(Arn ?? '');
}

export function describe(problems: readonly Problem[], stage: string, deployed: boolean): string {
  const where = deployed ? `the stage ${stage}` : `this account, before ${stage} is deployed`;
  if (problems.length === 0) return `nothing is wrong with ${where}\n`;
  return problems.map(({ what, why, mend }) => `${what}\n    why:  ${why}\n    mend: ${mend}\n`).join('\n');
}

function openClients(region: string | undefined): Clients {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config = region === undefined ? {} : { region };
  return {
    sts: new STSClient(config),
    lakeFormation: new LakeFormationClient(config),
    glue: new GlueClient(config),
    firehose: new FirehoseClient(config),
    kinesis: new KinesisClient(config),
    athena: new AthenaClient(config),
    logs: new CloudWatchLogsClient(config),
  };
}
