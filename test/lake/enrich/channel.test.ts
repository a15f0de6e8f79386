import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { enrich, enrichDefaults } from '../../../lake/enrich/index.ts';
import { siteDomains, sourceNames } from '../../../lake/enrich/sites.ts';

/** The table of examples in docs/enrichment.md: [campaign, referrer, page, channel]. */
const examples = readFileSync(new URL('../../../docs/enrichment.md', import.meta.url), 'utf8')
  .split('| Campaign: source, medium |')[1]!
  .split('\n\n')[0]!
  .split('\n')
  .slice(2)
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.replaceAll('`', '').trim()),
  );

describe('the channel of an event', () => {
  it.each(examples)('campaign "%s", referrer "%s", page "%s": %s', (campaign, referrer, url, channel) => {
    const [source, medium] = campaign!.split(',').map((text) => text.trim());
    const context = { url, referrer, campaign: { source, medium } };
    expect(enrich(context, enrichDefaults).channel).toBe(channel);
  });

  it('there is none where neither page, referrer nor campaign is known', () => {
    expect(enrich({}, enrichDefaults)).toEqual({});
    expect(enrich({ url: 'about:blank', referrer: 'nonsense' }, enrichDefaults)).toEqual({});
  });

  it('a campaign name alone is a campaign', () => {
    const columns = enrich({ campaign: { name: 'spring' } }, enrichDefaults);
    expect(columns).toEqual({ channel: 'campaign', utm_campaign: 'spring' });
  });

  it('the event is believed before the address, member by member', () => {
    const url = 'https://shop.example/?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e';
    const campaign = { source: 'news', content: '' };
    expect(enrich({ url, campaign }, enrichDefaults)).toMatchObject({
      utm_source: 'news',
      utm_medium: 'b',
      utm_campaign: 'c',
      utm_term: 'd',
      utm_content: 'e',
    });
  });

  it('own domains are internal too', () => {
    const settings = { ...enrichDefaults, ownDomains: ['pay.example'] };
    const context = { url: 'https://shop.example/thanks', referrer: 'https://eu.pay.example/done' };
    expect(enrich(context, settings)).toMatchObject({
      channel: 'internal',
      referrer_host: 'eu.pay.example',
    });
    expect(enrich(context, enrichDefaults).channel).toBe('referral');
  });

  it('switched off, it leaves all of its columns out', () => {
    const context = { url: 'https://shop.example/?utm_source=a', referrer: 'https://google.com/' };
    const columns = enrich(context, { ...enrichDefaults, channel: false });
    expect(columns).toEqual({ host: 'shop.example', path: '/' });
  });

  it('no site is of two kinds, and domains are spelt as hosts are', () => {
    const text = readFileSync(new URL('../../../lake/enrich/sites.ts', import.meta.url), 'utf8');
    const words = text.match(/[`'][^`']*[`']/g)!.flatMap((list) => list.slice(1, -1).trim().split(/\s+/));
    for (const domain of siteDomains.keys()) {
      expect(domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      expect(words.filter((word) => word === domain)).toHaveLength(1);
    }
    for (const name of sourceNames.keys()) expect(name).toBe(name.toLowerCase());
  });
});
