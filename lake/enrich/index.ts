/**
 * Enrichment: what a row can tell beyond what the client sent. Pure; each part can be switched off.
 *
 * docs/enrichment.md has the columns and the table of channels.
 */
import { keptQuery, type Location, readLocation } from './address.ts';
import { addChannel, type Channel } from './channel.ts';
import { browserOf } from './user-agent.ts';

/** What is known of an event before enrichment. Text as the client sent it; nothing needs to be there. */
export interface EnrichContext {
  userAgent?: string | undefined;
  ip?: string | undefined;
  /** Address of the page, absolute; or its path with a query. */
  url?: string | undefined;
  referrer?: string | undefined;
  /** `context.campaign` of Segment; what is missing is taken from the address's `utm_…` parameters. */
  campaign?: Campaign | undefined;
  /** Two letters, as the edge tells it (`CloudFront-Viewer-Country`). */
  country?: string | undefined;
  /** Two letters, as the event itself says (`context.location.country` of Segment). */
  ownCountry?: string | undefined;
}

export interface Campaign {
  source?: string | undefined;
  medium?: string | undefined;
  name?: string | undefined;
  term?: string | undefined;
  content?: string | undefined;
}

/** Enriched columns, by name. All are optional columns; a part that is off or finds nothing leaves its own out. */
export interface Enrichment {
  browser?: string;
  browser_version?: string;
  os?: string;
  os_version?: string;
  /** `desktop`, `mobile`, `tablet`, `tv`, `console`, `wearable`, `embedded`, or `bot`. */
  device_class?: string;
  is_bot?: boolean;
  host?: string;
  path?: string;
  /** The query parameters that are on the list, as they stood in the address: `a=1&b=2`. */
  query?: string;
  referrer_host?: string;
  /** One of `Channel`. */
  channel?: Channel;
  utm_source?: string;
  utm_medium?: string;
  utm_campaign?: string;
  utm_term?: string;
  utm_content?: string;
  /** ISO 3166-1, two capital letters. */
  country?: string;
}

export interface EnrichSettings {
  /** Browser, system, device class, bot. */
  userAgent: boolean;
  /** Referrer's host, `utm_…`, channel. */
  channel: boolean;
  /** Host, path, query. */
  url: boolean;
  /** Country: from the edge, else from `countryOf`, else from the event. */
  country: boolean;
  /** Names of query parameters that `query` keeps. */
  queryParameters: ReadonlySet<string>;
  /** Domains that are ours beside the page's own: a referrer under one is `internal`. */
  ownDomains: readonly string[];
  /** Country of an address by a database, two letters; undefined where it is not known. */
  countryOf?: (ip: string) => string | undefined;
}

export const enrichDefaults: EnrichSettings = {
  userAgent: true,
  channel: true,
  url: true,
  country: true,
  queryParameters: new Set(['q', 'query', 's', 'search', 'page', 'sort', 'category', 'id', 'ref', 'variant']),
  ownDomains: [],
};

/** The columns that can be told of an event. Never throws; text that makes no sense is no answer. */
export function enrich(context: EnrichContext, settings: EnrichSettings): Enrichment {
  const result: Enrichment = {};
  const location = (settings.url || settings.channel) && context.url ? readLocation(context.url) : undefined;
  if (settings.userAgent && context.userAgent) Object.assign(result, browserOf(context.userAgent));
  if (settings.url && location !== undefined) addAddress(result, location, settings.queryParameters);
  if (settings.channel) addChannel(result, context, location, settings.ownDomains);
  if (settings.country) {
    const country =
      countryCode(context.country) ??
      countryCode(lookUp(context.ip, settings)) ??
      countryCode(context.ownCountry);
    if (country !== undefined) result.country = country;
  }
  return result;
}

function addAddress(into: Enrichment, location: Location, queryParameters: ReadonlySet<string>): void {
  if (location.host !== undefined) into.host = location.host;
  into.path = location.path;
  const query = keptQuery(location, queryParameters);
  if (query !== '') into.query = query;
}

function lookUp(ip: string | undefined, { countryOf }: EnrichSettings): string | undefined {
  return ip === undefined || countryOf === undefined ? undefined : countryOf(ip);
}

/** CloudFront says `XX` (and Tor's exits are `T1` elsewhere) where it does not know. */
function countryCode(text: string | undefined): string | undefined {
  return text !== undefined && /^[A-Za-z]{2}$/.test(text) && !/^xx$/i.test(text)
    ? text.toUpperCase()
    : undefined;
}
