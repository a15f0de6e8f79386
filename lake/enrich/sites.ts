/**
 * Sites that send visitors, by kind: domains (their subdomains count too; the longest that fits decides) and the
 * names by which campaigns call them. No well-kept library with a permissive licence has such a list; this is
 * a short one of sites that matter in 2026, and docs/enrichment.md shows it.
 */
export type SiteKind = 'search' | 'social' | 'email' | 'assistant';

const domains: Record<SiteKind, string> = {
  search: `bing.com duckduckgo.com search.yahoo.com search.yahoo.co.jp yandex.ru yandex.com yandex.kz
    ya.ru baidu.com ecosia.org qwant.com startpage.com search.brave.com kagi.com search.naver.com search.daum.net search.seznam.cz
    sogou.com so.com ask.com search.aol.com petalsearch.com mojeek.com swisscows.com presearch.com coccoc.com
    rambler.ru go.mail.ru dogpile.com lite.qwant.com com.google.android.googlequicksearchbox`,
  social: `facebook.com fb.com fb.me messenger.com instagram.com threads.net threads.com twitter.com x.com t.co
    linkedin.com lnkd.in youtube.com youtu.be tiktok.com pinterest.com pin.it reddit.com redd.it snapchat.com
    whatsapp.com wa.me telegram.org t.me discord.com vk.com ok.ru weibo.com wechat.com weixin.qq.com qzone.qq.com
    douyin.com xiaohongshu.com zhihu.com line.me tumblr.com quora.com mastodon.social bsky.app
    news.ycombinator.com lobste.rs medium.com xing.com nextdoor.com twitch.tv vimeo.com
    com.linkedin.android com.twitter.android com.reddit.frontpage com.facebook.katana org.telegram.messenger
    com.slack`,
  email: `mail.google.com mail.yahoo.com mail.yahoo.co.jp outlook.live.com outlook.office.com
    outlook.office365.com mail.aol.com mail.proton.me mail.ru e.mail.ru mail.yandex.ru mail.163.com mail.qq.com
    webmail.freenet.de navigator.web.de navigator.gmx.net app.fastmail.com icloud.com mail.naver.com
    com.google.android.gm`,
  assistant: `chatgpt.com chat.openai.com perplexity.ai claude.ai gemini.google.com copilot.microsoft.com
    chat.deepseek.com chat.mistral.ai meta.ai grok.com you.com phind.com`,
};

/** What campaigns write into `utm_source`, beside domains. */
const names: Record<SiteKind, string> = {
  search:
    'google bing duckduckgo yahoo yandex baidu ecosia qwant brave naver adwords googleads google_ads bing_ads',
  social: `facebook fb instagram ig threads twitter x linkedin youtube yt tiktok pinterest reddit snapchat whatsapp
    telegram discord vk weibo wechat line mastodon bluesky hackernews quora meta`,
  email: 'email e-mail e_mail newsletter mail mailchimp sendgrid hubspot klaviyo customer.io',
  assistant: 'chatgpt openai perplexity claude gemini copilot deepseek mistral grok',
};

export const siteKinds: readonly SiteKind[] = ['search', 'social', 'email', 'assistant'];
export const siteDomains = tabulate(domains);
export const sourceNames = tabulate(names);

/** `www.google.de`, `google.co.uk`: a domain in most countries, with other services beside the search. */
const google = /^(?:(?:www|m|images|news|cse|encrypted)\.)?google\.(?:com?\.)?[a-z]{2,3}$/;

/** The kind of site that a host belongs to; undefined for all others. */
export function kindOfHost(host: string): SiteKind | undefined {
  for (let rest = host; rest !== ''; rest = rest.slice(rest.indexOf('.') + 1)) {
    const kind = siteDomains.get(rest);
    if (kind !== undefined) return kind;
    if (!rest.includes('.')) break;
  }
  return google.test(host) ? 'search' : undefined;
}

/** The kind of site that a campaign's source means: a name, or a domain. Case does not matter. */
export function kindOfSource(source: string): SiteKind | undefined {
  const name = source.trim().toLowerCase();
  return sourceNames.get(name) ?? (name.includes('.') ? kindOfHost(name) : undefined);
}

function tabulate(lists: Record<SiteKind, string>): ReadonlyMap<string, SiteKind> {
  return new Map(
    siteKinds.flatMap((kind) => lists[kind].split(/\s+/).map((entry): [string, SiteKind] => [entry, kind])),
  );
}
