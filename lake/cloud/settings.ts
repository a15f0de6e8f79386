/**
 * Every setting of a deployed stage: what it is for, its unit, its default and its limits. A stage's own values
 * stand in stacks/stages.ts; an environment variable (`FIRN_BUFFER_SECONDS`) goes before them for one deployment.
 */
import { Fault } from '../errors.ts';
import { environmentName } from '../settings.ts';

interface NumberSetting {
  help: string;
  default: number;
  min: number;
  max: number;
  /** Where AWS takes some numbers only. */
  values?: readonly number[];
}

/** Days that a log group may be kept (CloudWatch Logs API reference, "PutRetentionPolicy"). */
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Units are part of the names. */
export const cloudNumbers = {
  retentionHours: { help: 'how long the stream keeps records', default: 168, min: 24, max: 8760 },
  bufferSeconds: { help: 'longest that Firehose gathers rows for a commit', default: 60, min: 0, max: 900 },
  bufferMiB: { help: 'most that Firehose gathers for a commit', default: 64, min: 1, max: 128 },
  transformSeconds: {
    help: 'longest that Firehose gathers records for a call of the transform',
    default: 10,
    min: 0,
    max: 900,
  },
  transformRetries: {
    help: 'times that Firehose tries a failed call of the transform again',
    default: 5,
    min: 1,
    max: 8,
  },
  deliveryRetrySeconds: {
    help: 'how long Firehose tries a failed commit again',
    default: 3600,
    min: 0,
    max: 7200,
  },
  logDays: { help: 'how long logs are kept', default: 30, min: 1, max: 3653, values: logDays },
  errorDays: {
    help: 'how long records that could not be delivered are kept',
    default: 90,
    min: 7,
    max: 3650,
  },
  resultDays: { help: 'how long results of queries are kept', default: 7, min: 1, max: 365 },
  scanGiB: { help: 'most that one query may scan', default: 100, min: 1, max: 100_000 },
  pageScanGiB: { help: 'most that one query of the page may scan', default: 10, min: 1, max: 100_000 },
  pageCacheMinutes: { help: 'how old an answer on the page may be', default: 5, min: 1, max: 1440 },
  pageLiveSeconds: {
    help: 'how often the page asks for the newest rows',
    default: 30,
    min: 10,
    max: 3600,
  },
  pageSignInHours: {
    help: 'how long one stays signed in to the page, by Cognito',
    default: 8,
    min: 1,
    max: 24,
  },
  snapshotDays: { help: 'how long a snapshot of a table is kept', default: 5, min: 1, max: 365 },
  snapshotsKept: { help: 'snapshots of a table that are kept in any case', default: 1, min: 1, max: 10_000 },
  orphanDays: {
    help: 'age at which a file that no snapshot knows is deleted',
    default: 3,
    min: 3,
    max: 365,
  },
  requestsPerSecond: { help: 'requests that the API takes, on average', default: 1000, min: 1, max: 10_000 },
  requestsBurst: { help: 'requests that the API takes at once', default: 2000, min: 1, max: 5000 },
  addressRequests: {
    help: 'requests of one address in five minutes, where the firewall is on',
    default: 10_000,
    min: 10,
    max: 2_000_000_000,
  },
  budgetUsd: { help: 'monthly cost at which a warning is sent', default: 50, min: 1, max: 1_000_000 },
  warehouseUnits: { help: 'capacity of the Redshift workgroup, in RPU', default: 8, min: 4, max: 512 },
} as const satisfies Record<string, NumberSetting>;

export const cloudSwitches = {
  governed: {
    help: 'Lake Formation decides who reads what; off: IAM alone decides, and there is no analyst role',
    default: true,
  },
  alarms: { help: 'CloudWatch alarms', default: false },
  firewall: { help: 'a WAF with a rate rule before the API', default: false },
  directPut: { help: 'a delivery stream that takes records without the Kinesis stream', default: false },
  archive: { help: 'every raw record is kept in S3', default: false },
  warehouse: { help: 'a Redshift Serverless workgroup that reads the stream', default: false },
  page: { help: 'the page of reports, behind a sign-in', default: false },
  enrichUserAgent: { help: 'rows of the clickstream tell browser, system and device', default: true },
  enrichUrl: { help: 'rows of the clickstream tell host, path and query', default: true },
  enrichChannel: { help: 'rows of the clickstream tell campaign and channel', default: true },
  enrichCountry: { help: 'rows of the clickstream tell the country', default: true },
} as const;

export const cloudTexts = {
  alarmEmail: { help: 'address that alarms are sent to', default: '', form: /^$|^[^\s@]+@[^\s@]+$/ },
  enrichOwnDomains: {
    help: 'domains whose links are no referral, with commas between them',
    default: '',
    form: /^[\w.,-]*$/,
  },
  enrichQueryParameters: {
    help: "parameters of a page's address that are kept, with commas between them; empty: those of docs/enrichment.md",
    default: '',
    form: /^[\w.,-]*$/,
  },
  enrichCountryDatabase: {
    help: "file with countries by address, in MaxMind's format, that is put beside the transform; empty: none",
    default: '',
    form: /^$|^[^\0]+\.mmdb$/,
  },
  pageIssuer: {
    help: 'OpenID Connect issuer of the page; empty: a Cognito user pool is made',
    default: '',
    form: /^$|^https:\/\/[\w.-]+(:\d+)?(\/[\w./~-]*)?$/,
  },
  pageClient: { help: "the page's client id at that issuer", default: '', form: /^[\w.-]*$/ },
  pageAuthorizeUrl: {
    help: "that issuer's authorization_endpoint",
    default: '',
    form: /^$|^https:\/\/[\w.-]+(:\d+)?\/[\w./~-]*$/,
  },
  pageTokenUrl: {
    help: "that issuer's token_endpoint",
    default: '',
    form: /^$|^https:\/\/[\w.-]+(:\d+)?\/[\w./~-]*$/,
  },
  pageClaim: {
    help: 'claim that a token for the page must have, as name=value; empty: none',
    default: '',
    form: /^$|^[\w:./-]+=[^\s,[\]]+$/,
  },
  defaultTable: { help: 'table of an event that names none', default: 'web_log', form: /^[a-z_][a-z0-9_]*$/ },
} as const;

type Numbers = Record<keyof typeof cloudNumbers, number>;
type Switches = Record<keyof typeof cloudSwitches, boolean>;
type Texts = Record<keyof typeof cloudTexts, string>;
export type CloudSettings = Readonly<Numbers & Switches & Texts>;

/** Defaults, overridden by the stage's own values, overridden by the environment. Throws a Fault for a bad one. */
export function cloudSettings(
  own: Partial<CloudSettings>,
  environment: Readonly<Record<string, string | undefined>>,
): CloudSettings {
  const known = new Set<string>([cloudNumbers, cloudSwitches, cloudTexts].flatMap((all) => Object.keys(all)));
  const unknown = Object.keys(own).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Fault(
      `stacks/stages.ts: there is no setting ${unknown.join(', ')}; there are ${[...known].join(', ')}`,
    );
  }
  const given = (name: string): unknown => {
    const text = environment[environmentName(name)];
    return text === undefined || text === '' ? (own as Record<string, unknown>)[name] : text;
  };
  const all: Record<string, number | boolean | string> = {};
  for (const [name, rule] of Object.entries(cloudNumbers)) all[name] = numberOf(name, given(name), rule);
  for (const [name, rule] of Object.entries(cloudSwitches)) {
    all[name] = switchOf(name, given(name), rule.default);
  }
  for (const [name, rule] of Object.entries(cloudTexts)) {
    const value = String(given(name) ?? rule.default);
    if (!rule.form.test(value)) throw new Fault(`setting ${name} (${rule.help}) cannot be "${value}"`);
    all[name] = value;
  }
  return all as CloudSettings;
}

/**
 * Throws a Fault where the setting names a table that no schema makes: every event that names none would be rejected.
 * The default may be missing, for a project whose events all name their table.
 */
export function checkDefaultTable(
  { defaultTable }: CloudSettings,
  contracts: readonly { table: string; internal: boolean }[],
): void {
  const tables = contracts.filter(({ internal }) => !internal).map(({ table }) => table);
  if (tables.includes(defaultTable) || defaultTable === cloudTexts.defaultTable.default) return;
  throw new Fault(
    `setting defaultTable (${cloudTexts.defaultTable.help}) is ${defaultTable}, which no schema makes; there are ${tables.join(', ')}`,
  );
}

function numberOf(name: string, given: unknown, rule: NumberSetting): number {
  const value = given === undefined ? rule.default : Number(given);
  if (!Number.isInteger(value) || value < rule.min || value > rule.max) {
    throw new Fault(
      `setting ${name} (${rule.help}) must be a whole number from ${rule.min} to ${rule.max}; it is ${String(given)}`,
    );
  }
  if (rule.values !== undefined && !rule.values.includes(value)) {
    throw new Fault(
      `setting ${name} (${rule.help}) must be one of ${rule.values.join(', ')}; it is ${value}`,
    );
  }
  return value;
}

function switchOf(name: string, given: unknown, fallback: boolean): boolean {
  if (given === undefined) return fallback;
  if (given === true || given === 'true') return true;
  if (given === false || given === 'false') return false;
  throw new Fault(`setting ${name} must be true or false; it is ${String(given)}`);
}
