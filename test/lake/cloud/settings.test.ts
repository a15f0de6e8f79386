import { expect, test } from 'vitest';
import { cloudSettings } from '../../../lake/cloud/settings.ts';

test('logs are kept for as many days as CloudWatch knows, or the setting is refused', () => {
  expect(cloudSettings({ logDays: 365 }, {}).logDays).toBe(365);
  expect(() => cloudSettings({}, { FIRN_LOG_DAYS: '45' })).toThrow(
    /logDays \(how long logs are kept\) must be one of 1, 3, 5,.*3653; it is 45/,
  );
});
