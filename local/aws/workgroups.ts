/** Workgroups: they share one engine, and one of them sees less. */
import { analystWorkGroup } from '../../lake/grants.ts';
import { localDatabase } from '../../lake/settings.ts';
import { invalid, optionalText } from './input.ts';
import type { Input, Operations } from './json11.ts';
import { pageOf } from './paging.ts';

const descriptions: Readonly<Record<string, string>> = {
  primary: 'Queries on this machine',
  [localDatabase]: 'Queries on this machine',
  [analystWorkGroup]: 'Queries that see no personal data, whoever asks',
};

const names = Object.keys(descriptions);

/** Where results are, in S3's words: the endpoint serves the bucket under `/s3`. */
export const resultsBucket = 'firn-results';

const engineVersion = { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' };

/** The workgroup that a request names; `primary` if none. */
export function knownWorkGroup(input: Input): string {
  const name = optionalText(input, 'WorkGroup') ?? names[0]!;
  if (names.includes(name)) return name;
  throw invalid(`WorkGroup ${name} is not found; there are ${names.join(', ')}`);
}

export const workGroupOperations: Operations = {
  'AmazonAthena.GetWorkGroup': (input) => {
    const name = knownWorkGroup(input);
    return {
      WorkGroup: {
        ...summary(name),
        Configuration: {
          ResultConfiguration: { OutputLocation: `s3://${resultsBucket}/` },
          EnforceWorkGroupConfiguration: true,
          PublishCloudWatchMetricsEnabled: false,
          RequesterPaysEnabled: false,
          EngineVersion: engineVersion,
        },
      },
    };
  },
  'AmazonAthena.ListWorkGroups': (input) => {
    const { items, next } = pageOf(names, (name) => name, input, 50);
    return { WorkGroups: items.map((name) => ({ ...summary(name), EngineVersion: engineVersion })), ...next };
  },
};

function summary(name: string): object {
  return { Name: name, State: 'ENABLED', Description: descriptions[name] };
}
