/**
 * User agent → browser, operating system, device class, bot. The knowledge is ua-parser-js's (1.x, MIT) and
 * isbot's (Unlicense).
 */
import { isbot } from 'isbot';
import { UAParser } from 'ua-parser-js';
import { memoize } from '../memo.ts';
import type { Enrichment } from './index.ts';

type Browser = Pick<
  Enrichment,
  'browser' | 'browser_version' | 'os' | 'os_version' | 'device_class' | 'is_bot'
>;

/** The parser itself reads no more than this. */
const characters = 500;

/** User agents repeat: a site's visitors have some thousands of them, and parsing one takes about 50 µs. */
export const browserOf: (userAgent: string) => Browser = memoize(parse, 10_000);

/** Libraries of servers (`analytics-node/2.1`, `analytics-ruby/2.4`) speak for visitors whose browser they do not tell. */
const library = /^analytics[-.]\w+\b/i;

/**
 * Through these, mailboxes load the pictures of a mail when somebody opens it: a person, of whose browser and
 * address nothing is told.
 */
const mailProxy = /\b(?:GoogleImageProxy|YahooMailProxy)\b/;

export function isMailProxy(userAgent: string | undefined): boolean {
  return userAgent !== undefined && mailProxy.test(userAgent);
}

function parse(userAgent: string): Browser {
  const text = userAgent.slice(0, characters);
  if (library.test(text)) return {};
  if (isMailProxy(text)) return { is_bot: false };
  const { browser, os, device } = UAParser(text);
  const bot = isbot(text);
  return {
    ...(browser.name && { browser: browser.name }),
    ...(browser.version && { browser_version: browser.version }),
    ...(os.name && { os: os.name }),
    ...(os.version && { os_version: os.version }),
    ...deviceClass(bot, device.type, os.name),
    is_bot: bot,
  };
}

/** The parser names the kind of any device but a computer; a library that tells no system has none. */
function deviceClass(
  bot: boolean,
  type: string | undefined,
  system: string | undefined,
): Pick<Enrichment, 'device_class'> {
  if (bot) return { device_class: 'bot' };
  if (type !== undefined) return { device_class: type === 'smarttv' ? 'tv' : type };
  return system === undefined ? {} : { device_class: 'desktop' };
}
