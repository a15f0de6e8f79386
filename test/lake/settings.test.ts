import { expect, test } from 'vitest';
import { parseSettings, type SettingName, settingsTable } from '../../lake/settings.ts';

test('a flag goes before the environment, the environment before the default', () => {
  const environment = { FIRN_BUFFER_MS: '500', FIRN_LOG_MAX_MIB: '64' };
  expect(parseSettings({ bufferMs: 20 }, environment)).toMatchObject({
    bufferMs: 20,
    logMaxMiB: 64,
    port: 4566,
  });
});

test.each(['0', '99999999', 'soon', '1.5'])(
  'a value out of range (%s) is refused with the name of the setting',
  (text) => {
    expect(() => parseSettings({}, { FIRN_BUFFER_MS: text })).toThrow(
      'setting FIRN_BUFFER_MS (longest that a record waits before its round is delivered) must be a whole number from 10 to 900000',
    );
  },
);

test('every default lies within its own limits', () => {
  for (const name of Object.keys(settingsTable) as SettingName[]) {
    const { min, max, default: value } = settingsTable[name];
    expect(value).toBeGreaterThanOrEqual(min);
    expect(value).toBeLessThanOrEqual(max);
  }
});
