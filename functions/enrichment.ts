/** The settings of enrichment, from the environment: `FIRN_ENRICH_…`. docs/enrichment.md lists them. */
import { readFileSync } from 'node:fs';
import { type CountryResponse, Reader } from 'mmdb-lib';
import { type EnrichSettings, enrichDefaults } from '../lake/enrich/index.ts';
import { Fault } from '../lake/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a Fault that names the variable whose value makes no sense, or the database that cannot be read. */
export function enrichSettings(environment: Environment): EnrichSettings {
  const database = environment[databaseVariable];
  return {
    userAgent: flag(environment, 'FIRN_ENRICH_USER_AGENT', enrichDefaults.userAgent),
    channel: flag(environment, 'FIRN_ENRICH_CHANNEL', enrichDefaults.channel),
    url: flag(environment, 'FIRN_ENRICH_URL', enrichDefaults.url),
    country: flag(environment, 'FIRN_ENRICH_COUNTRY', enrichDefaults.country),
    queryParameters: new Set(
      list(environment, 'FIRN_ENRICH_QUERY_PARAMETERS') ?? enrichDefaults.queryParameters,
    ),
    ownDomains: (list(environment, 'FIRN_ENRICH_OWN_DOMAINS') ?? []).map((domain) => domain.toLowerCase()),
    ...(database && { countryOf: countryDatabase(database) }),
  };
}

const databaseVariable = 'FIRN_ENRICH_COUNTRY_DATABASE';

function flag(environment: Environment, name: string, fallback: boolean): boolean {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new Fault(`${name} is "${text}"; expected true or false`);
}

/** Names with commas between them; an empty text is an empty list. */
function list(environment: Environment, name: string): string[] | undefined {
  return environment[name]
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * Looks addresses up in a database of MaxMind's format (GeoLite2-Country, DB-IP lite and others). The file is
 * read once and stays in memory.
 */
function countryDatabase(path: string): (ip: string) => string | undefined {
  const reader = openDatabase(path);
  return (ip) => {
    try {
      const found = reader.get(ip);
      return (found?.country ?? found?.registered_country)?.iso_code;
    } catch {
      // An address that is none, or of IPv6 in a database of IPv4, has no country.
      return undefined;
    }
  };
}

function openDatabase(path: string): Reader<CountryResponse> {
  try {
    return new Reader<CountryResponse>(readFileSync(path));
  } catch (error) {
    const reason = (error as Error).message;
    throw new Fault(`${databaseVariable}: ${path} is no country database that can be read: ${reason}`);
  }
}
