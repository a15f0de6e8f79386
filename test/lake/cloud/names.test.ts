import { expect, test } from 'vitest';
import { checkCatalogNames, cloudNames, rolePrefix } from '../../../lake/cloud/names.ts';

const longest = cloudNames('firn', 'a'.repeat(20));

test('the longest names leave AWS room to complete them', () => {
  for (const bucket of ['warehouse', 'results', 'archive', 'errors']) {
    expect(`${longest.base}-${bucket}-`.length).toBeLessThanOrEqual(37);
  }
  for (const role of ['Registrar', 'DirectUpserts']) {
    expect(rolePrefix(longest.base, role)).toMatch(/^firn-a{20}-[a-z]+-$/);
    expect(rolePrefix(longest.base, role).length).toBeLessThanOrEqual(38);
  }
});

test('roles of a stage whose names are cut are still told apart', () => {
  const names = [
    'Delivery',
    'Upserts',
    'Direct',
    'DirectUpserts',
    'Registrar',
    'Upkeep',
    'Gateway',
    'Redshift',
  ];
  expect(new Set(names.map((name) => rolePrefix(longest.base, name))).size).toBe(names.length);
});

test('an app and a stage that are too long together are refused with what to change', () => {
  expect(() => cloudNames('clickstream-of-the-shop', 'feature')).toThrow('names of buckets begin with both');
  expect(() => cloudNames('firn', 'Feature_1')).toThrow('the stage "Feature_1" cannot be deployed');
});

test('a table or a view whose name something else has in the catalog is refused, with its file', () => {
  const names = cloudNames('firn', 'dev');
  const check = (tables: string[], views: string[]) => () => checkCatalogNames(names, tables, views);
  expect(check(['web_log'], ['all_events'])).not.toThrow();
  expect(check(['raw_records'], [])).toThrow(
    'schemas/raw_records.avsc: in an account raw_records is the archive',
  );
  expect(check(['web_log'], ['web_log'])).toThrow(
    'queries/views/web_log.sql: in an account web_log is a table',
  );
  expect(check([], ['delivery_errors'])).toThrow('what could not be delivered');
  expect(check([], ['Visits'])).toThrow('lower case');
});
