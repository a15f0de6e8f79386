/** The transform that Firehose calls: functions/transform.ts, the same as on one machine. */
import type { CloudSettings } from '../lake/cloud/settings.ts';
import { countryDatabase } from './country.ts';
import { type LambdaFunction, lambdaFunction } from './functions.ts';
import type { Stage } from './stage.ts';

/**
 * `writes`: only rows of tables that are written so; the others belong to another delivery stream. `othersGoTo`: its
 * name, where it is not handed the same records by itself.
 */
export function transformFunction(
  stage: Stage,
  name: string,
  { writes, othersGoTo }: { writes: 'append' | 'upsert' | 'all'; othersGoTo?: string },
  after: $util.Resource[],
): LambdaFunction {
  const country = countryDatabase(stage.settings);
  return lambdaFunction(stage, name, {
    handler: 'transform.handler',
    description: 'Turns records of the stream into rows of tables',
    // Firehose waits for five minutes, but a batch takes a second. More memory is more processor.
    memory: '1024 MB',
    timeout: '1 minute',
    environment: {
      FIRN_DATABASE: stage.names.database,
      FIRN_DEFAULT_TABLE: stage.settings.defaultTable,
      FIRN_WRITES: writes,
      ...(othersGoTo !== undefined && { FIRN_OTHERS_GO_TO: othersGoTo }),
      ...enrichment(stage.settings),
      ...(country && { FIRN_ENRICH_COUNTRY_DATABASE: country.place }),
      ...piiKey(stage),
    },
    ...(country && { files: [country.file] }),
    after,
  });
}

function enrichment(settings: CloudSettings): Record<string, string> {
  const { enrichOwnDomains, enrichQueryParameters } = settings;
  return {
    ...(!settings.enrichUserAgent && { FIRN_ENRICH_USER_AGENT: 'false' }),
    ...(!settings.enrichUrl && { FIRN_ENRICH_URL: 'false' }),
    ...(!settings.enrichChannel && { FIRN_ENRICH_CHANNEL: 'false' }),
    ...(!settings.enrichCountry && { FIRN_ENRICH_COUNTRY: 'false' }),
    ...(enrichOwnDomains !== '' && { FIRN_ENRICH_OWN_DOMAINS: enrichOwnDomains }),
    ...(enrichQueryParameters !== '' && { FIRN_ENRICH_QUERY_PARAMETERS: enrichQueryParameters }),
  };
}

/** Contracts that hash personal data need a key: made once and kept, or given by `sst secret set PiiKey`. */
let key: $util.Output<string> | undefined;
function piiKey({ contracts, keep }: Stage): Record<string, $util.Input<string>> {
  const hashes = contracts.some(({ fields }) => fields.some(({ piiRule }) => piiRule === 'hash'));
  if (!hashes) return {};
  key ??= new sst.Secret(
    'PiiKey',
    new random.RandomPassword('GeneratedPiiKey', { length: 48, special: false }, keep).result,
  ).value;
  return { FIRN_PII_KEY: key };
}
