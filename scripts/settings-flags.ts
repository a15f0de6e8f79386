/** Flags for the runtime's settings: `bufferMs` of lake/settings.ts is `--buffer-ms`. */
import { type SettingName, settingsTable } from '../lake/settings.ts';

/** A number flag without a default of its own, so that the environment's value shows through. */
interface SettingFlag {
  type: 'number';
  help: string;
  min: number;
  max: number;
}

const names = Object.keys(settingsTable) as SettingName[];

/** One flag for every setting. */
export const settingFlags: Record<string, SettingFlag> = Object.fromEntries(
  names.map((name) => {
    const { help, min, max, default: fallback } = settingsTable[name];
    return [flagName(name), { type: 'number', help: `${help} (default ${fallback})`, min, max }];
  }),
);

/** The settings that were given as flags. */
export function givenSettings(flags: Record<string, unknown>): Partial<Record<SettingName, number>> {
  const given = names.map((name) => [name, flags[flagName(name)]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Record<SettingName, number>>;
}

function flagName(name: SettingName): string {
  return name
    .replace(/MiB|KiB/, (unit) => `-${unit.toLowerCase()}`)
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
