import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EnrichContext, enrich, enrichDefaults } from '../../../lake/enrich/index.ts';
import { memoize } from '../../../lake/memo.ts';

const told = (context: EnrichContext, settings = {}) => enrich(context, { ...enrichDefaults, ...settings });

describe('the user agent', () => {
  it.each([
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
      ['Mobile Safari', '17.4', 'iOS', '17.4', 'mobile', false],
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.67',
      ['Edge', '124.0.2478.67', 'Windows', '10', 'desktop', false],
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
      ['Mobile Safari', '16.6', 'iOS', '16.6', 'tablet', false],
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0',
      ['Firefox', '125.0', 'Linux', undefined, 'desktop', false],
    ],
    [
      'Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1',
      ['Safari', '6.0', 'Tizen', '6.0', 'tv', false],
    ],
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      [undefined, undefined, undefined, undefined, 'bot', true],
    ],
    ['curl/8.1.2', [undefined, undefined, undefined, undefined, 'bot', true]],
  ])('%s', (userAgent, expected) => {
    const { browser, browser_version, os, os_version, device_class, is_bot } = told({ userAgent });
    expect([browser, browser_version, os, os_version, device_class, is_bot]).toEqual(expected);
  });

  it.each(['analytics-node/2.1.0', 'analytics-python/2.3.0', 'Analytics-Ruby/2.4.0'])(
    '%s is a library on a server, and tells of no browser',
    (userAgent) => expect(told({ userAgent })).toEqual({}),
  );

  it.each([
    'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
    'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
  ])('%s stands for a person who opened a mail, with a browser of their own', (userAgent) =>
    expect(told({ userAgent })).toEqual({ is_bot: false }),
  );

  it('the same one gives the same columns, and a row of its own', () => {
    const first = told({ userAgent: 'curl/8' });
    first.browser = 'changed';
    expect(told({ userAgent: 'curl/8' }).browser).toBeUndefined();
  });

  it('switched off, leaves its columns out', () => {
    expect(told({ userAgent: 'curl/8' }, { userAgent: false })).toEqual({});
  });
});

describe('the address', () => {
  it('gives host, path, and the parameters that are on the list', () => {
    const url = 'HTTPS://Ada:secret@Shop.Example:8443/a%20b/c?token=1&q=red+shoes&page=2&q=x#top';
    expect(told({ url }, { channel: false })).toEqual({
      host: 'shop.example',
      path: '/a%20b/c',
      query: 'q=red+shoes&page=2&q=x',
    });
  });

  it('may be a path alone', () => {
    expect(told({ url: '/a?page=2' }, { channel: false })).toEqual({ path: '/a', query: 'page=2' });
  });

  it.each(['', 'shop', 'ftp://shop.example/', 'https://', '//shop.example/a', 'javascript:alert(1)'])(
    '"%s" is none',
    (url) => expect(told({ url })).toEqual({}),
  );

  it('names of objects are no parameters', () => {
    const url = 'https://shop.example/?__proto__=1&constructor=2';
    expect(told({ url }, { channel: false })).toEqual({ host: 'shop.example', path: '/' });
  });
});

describe('the country', () => {
  const countryOf = (ip: string) => (ip === '192.0.2.1' ? 'nl' : undefined);

  it('is what the edge says, in capitals; else what the database says', () => {
    expect(told({ country: 'de', ip: '192.0.2.1' }, { countryOf })).toEqual({ country: 'DE' });
    expect(told({ country: 'XX', ip: '192.0.2.1' }, { countryOf })).toEqual({ country: 'NL' });
    expect(told({ ip: '192.0.2.2' }, { countryOf })).toEqual({});
    expect(told({ country: 'Germany', ip: '192.0.2.1' })).toEqual({});
    expect(told({ country: 'DE' }, { country: false })).toEqual({});
  });

  it('is what the event says, where nobody else knows', () => {
    expect(told({ ownCountry: 'pt', ip: '192.0.2.1' }, { countryOf })).toEqual({ country: 'NL' });
    expect(told({ ownCountry: 'pt', country: 'XX' })).toEqual({ country: 'PT' });
    expect(told({ ownCountry: 'Portugal' })).toEqual({});
  });
});

describe('whatever a client sends', () => {
  it('nothing is thrown, and every answer is well-formed text or a truth value', () => {
    // Halves of pairs included, which JSON can hold.
    const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
    const text = fc.option(
      fc.oneof(fc.string({ unit: codeUnit }), fc.webUrl({ withQueryParameters: true }), fc.string()),
      { nil: undefined },
    );
    const campaign = fc.record({ source: text, medium: text, name: text, term: text, content: text });
    const context = fc.record({
      userAgent: text,
      ip: text,
      url: text,
      referrer: text,
      country: text,
      campaign,
    });
    expect(told({ campaign: { source: 'a\ud800' } }).utm_source).toBe('a\ufffd');
    fc.assert(
      fc.property(context, (given) => {
        for (const value of Object.values(told(given))) {
          expect(typeof value === 'boolean' || (typeof value === 'string' && value.isWellFormed())).toBe(
            true,
          );
        }
      }),
    );
  });
});

describe('memoize', () => {
  it('asks once for each text, and forgets what was not asked for in a long time', () => {
    const asked: string[] = [];
    const length = memoize((text) => {
      asked.push(text);
      return text.length;
    }, 2);
    for (const text of ['a', 'bb', 'a', 'ccc', 'a', 'dddd', 'eeeee']) expect(length(text)).toBe(text.length);
    expect(asked).toEqual(['a', 'bb', 'ccc', 'dddd', 'eeeee']);
    expect(length('bb')).toBe(2);
    expect(asked.at(-1)).toBe('bb');
  });
});
