import { expect, test } from 'vitest';
import { checkDefaultTable, cloudSettings } from '../../../lake/cloud/settings.ts';
import { contracts } from '../../../schemas/index.ts';

test('logs are kept for as many days as CloudWatch knows, or the setting is refused', () => {
  expect(cloudSettings({ logDays: 365 }, {}).logDays).toBe(365);
  expect(() => cloudSettings({}, { FIRN_LOG_DAYS: '45' })).toThrow(
    /logDays \(how long logs are kept\) must be one of 1, 3, 5,.*3653; it is 45/,
  );
});

test('a default table that no schema makes is refused, and so is one that takes no events', () => {
  const own = [...contracts.values()];
  const check = (defaultTable: string) => () => checkDefaultTable(cloudSettings({ defaultTable }, {}), own);
  expect(check('clickstream')).not.toThrow();
  expect(check('web_logs')).toThrow(
    'defaultTable (table of an event that names none) is web_logs, which no schema makes',
  );
  expect(check('rejected')).toThrow('there are app_event, clickstream');
  expect(() => checkDefaultTable(cloudSettings({}, {}), [])).not.toThrow();
});
