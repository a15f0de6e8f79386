/**
 * Campaign, referrer and address → the channel that brought the visitor. The first rule that fits decides;
 * docs/enrichment.md shows the same table. The rules follow Google Analytics' default channel group where that
 * has one (https://support.google.com/analytics/answer/9756891), so that people find the words they know.
 */
import { type Location, referrerHost } from './address.ts';
import type { EnrichContext, Enrichment } from './index.ts';
import { kindOfHost, kindOfSource, type SiteKind } from './sites.ts';

export type Channel =
  | 'direct'
  | 'organic_search'
  | 'paid_search'
  | 'social'
  | 'paid_social'
  | 'display'
  | 'email'
  | 'affiliate'
  | 'assistant'
  | 'sms'
  | 'push'
  | 'video'
  | 'audio'
  | 'referral'
  | 'paid_other'
  | 'campaign'
  | 'internal';

/**
 * Adds the channel, and what it was made from, to a row's columns. There is no channel where neither page,
 * referrer nor campaign is known.
 */
export function addChannel(
  into: Enrichment,
  context: EnrichContext,
  location: Location | undefined,
  ownDomains: readonly string[],
): void {
  const { parameters } = location ?? {};
  const { campaign } = context;
  // What the event says of its campaign; for the rest, the address's parameters.
  const source = campaign?.source?.toWellFormed() || parameters?.get('utm_source') || '';
  const medium = campaign?.medium?.toWellFormed() || parameters?.get('utm_medium') || '';
  const name = campaign?.name?.toWellFormed() || parameters?.get('utm_campaign') || '';
  const term = campaign?.term?.toWellFormed() || parameters?.get('utm_term') || '';
  const content = campaign?.content?.toWellFormed() || parameters?.get('utm_content') || '';
  if (source !== '') into.utm_source = source;
  if (medium !== '') into.utm_medium = medium;
  if (name !== '') into.utm_campaign = name;
  if (term !== '') into.utm_term = term;
  if (content !== '') into.utm_content = content;
  const referrer = context.referrer ? referrerHost(context.referrer) : undefined;
  if (referrer !== undefined) into.referrer_host = referrer;
  const channel =
    (source === '' && medium === '' && name === '' ? undefined : campaignChannel(source, medium)) ??
    clickChannel(parameters) ??
    (referrer === undefined ? undefined : referrerChannel(referrer, location?.host, ownDomains)) ??
    (location === undefined ? undefined : 'direct');
  if (channel !== undefined) into.channel = channel;
}

const paid = /^(?:.*cp.*|ppc|retargeting|remarketing|paid.*|sem)$/;

/** By medium, whole words; the first that fits. */
const mediums: readonly [RegExp, Channel][] = [
  [/^(?:display|banner|expandable|interstitial|cpm)$/, 'display'],
  [/^(?:e[-_ ]?mail|newsletter)$/, 'email'],
  [/^affiliates?$/, 'affiliate'],
  [/^(?:social|social[-_ ]?(?:network|media|organic)|organic[-_ ]?social|sm)$/, 'social'],
  [/^organic$/, 'organic_search'],
  [/^sms$/, 'sms'],
  [/^(?:push|.*push|notification)$/, 'push'],
  [/^.*video.*$/, 'video'],
  [/^audio$/, 'audio'],
  [/^(?:referral|app|link)$/, 'referral'],
];

function campaignChannel(source: string, medium: string): Channel {
  const word = medium.trim().toLowerCase();
  if (/^\(?direct\)?$/i.test(source) && /^(?:\(none\)|\(not set\))?$/.test(word)) return 'direct';
  const kind = kindOfSource(source);
  const byMedium = word === '' ? undefined : mediums.find(([pattern]) => pattern.test(word))?.[1];
  if (byMedium === 'display') return byMedium;
  if (paid.test(word)) return paidChannel(kind, word);
  return byMedium ?? (kind === undefined ? 'campaign' : freeChannel[kind]);
}

function paidChannel(kind: SiteKind | undefined, medium: string): Channel {
  if (kind === 'social' || /social/.test(medium)) return 'paid_social';
  if (kind === 'search' || /search|^sem$/.test(medium)) return 'paid_search';
  return 'paid_other';
}

const freeChannel: Record<SiteKind, Channel> = {
  search: 'organic_search',
  social: 'social',
  email: 'email',
  assistant: 'assistant',
};

/** Parameters that advertisers' systems add to the address of an advertisement; the first that is there. */
const clickIds: readonly [string, Channel][] = [
  ['gclid', 'paid_search'],
  ['gbraid', 'paid_search'],
  ['wbraid', 'paid_search'],
  ['msclkid', 'paid_search'],
  ['yclid', 'paid_search'],
  ['dclid', 'display'],
  ['ttclid', 'paid_social'],
  ['twclid', 'paid_social'],
  ['li_fat_id', 'paid_social'],
  ['rdt_cid', 'paid_social'],
  // Facebook adds it to every link that leads out, paid or not.
  ['fbclid', 'social'],
];

function clickChannel(parameters: URLSearchParams | undefined): Channel | undefined {
  if (parameters === undefined) return undefined;
  for (const [id, channel] of clickIds) if (parameters.has(id)) return channel;
  return undefined;
}

function referrerChannel(referrer: string, own: string | undefined, ownDomains: readonly string[]): Channel {
  if (own !== undefined && (isWithin(referrer, own) || isWithin(own, referrer))) return 'internal';
  if (ownDomains.some((domain) => isWithin(referrer, domain))) return 'internal';
  const kind = kindOfHost(referrer);
  return kind === undefined ? 'referral' : freeChannel[kind];
}

/** Whether a host is this domain or one under it; `www.` makes no difference. */
function isWithin(host: string, domain: string): boolean {
  const base = domain.startsWith('www.') ? domain.slice(4) : domain;
  return host === base || host.endsWith(`.${base}`);
}
