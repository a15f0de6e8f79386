import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { enrichSettings } from '../../functions/enrichment.ts';
import { enrich, enrichDefaults } from '../../lake/enrich/index.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { makeCountryDatabase } from './mmdb.ts';

describe('the settings of enrichment', () => {
  it('have defaults', () => {
    expect(enrichSettings({})).toEqual(enrichDefaults);
    expect(enrichSettings({ FIRN_ENRICH_URL: '', FIRN_ENRICH_COUNTRY_DATABASE: '' })).toEqual(enrichDefaults);
  });

  it('come from the environment', () => {
    const settings = enrichSettings({
      FIRN_ENRICH_USER_AGENT: 'false',
      FIRN_ENRICH_COUNTRY: 'true',
      FIRN_ENRICH_QUERY_PARAMETERS: 'q, lang',
      FIRN_ENRICH_OWN_DOMAINS: 'Pay.example,',
    });
    expect(settings).toEqual({
      ...enrichDefaults,
      userAgent: false,
      queryParameters: new Set(['q', 'lang']),
      ownDomains: ['pay.example'],
    });
    expect(enrichSettings({ FIRN_ENRICH_QUERY_PARAMETERS: '' }).queryParameters).toEqual(new Set());
  });

  it('that make no sense are refused by name', () => {
    expect(() => enrichSettings({ FIRN_ENRICH_CHANNEL: 'yes' })).toThrow(
      'FIRN_ENRICH_CHANNEL is "yes"; expected true or false',
    );
    expect(() => enrichSettings({ FIRN_ENRICH_COUNTRY_DATABASE: '/no/such.mmdb' })).toThrow(
      'FIRN_ENRICH_COUNTRY_DATABASE: /no/such.mmdb is no country database that can be read',
    );
    const file = path.join(temporaryFolder(), 'text.mmdb');
    writeFileSync(file, 'just text');
    expect(() => enrichSettings({ FIRN_ENRICH_COUNTRY_DATABASE: file })).toThrow('can be read');
  });
});

describe('a country database', () => {
  it('tells the country of an address, and of what is no address nothing', () => {
    const file = path.join(temporaryFolder(), 'country.mmdb');
    // 192.0.0.0/8 and 128.0.0.0/2 without it
    writeFileSync(file, makeCountryDatabase({ '11000000': 'NL', '10': 'DE' }));
    const settings = enrichSettings({ FIRN_ENRICH_COUNTRY_DATABASE: file });
    const countryOf = (ip: string) => enrich({ ip }, settings).country;
    expect(countryOf('192.0.2.1')).toBe('NL');
    expect(countryOf('130.0.2.1')).toBe('DE');
    expect(countryOf('10.0.0.1')).toBeUndefined();
    expect(countryOf('2001:db8::1')).toBeUndefined();
    expect(countryOf('no address')).toBeUndefined();
    expect(enrich({ ip: '192.0.2.1', country: 'FR' }, settings).country).toBe('FR');
  });
});
