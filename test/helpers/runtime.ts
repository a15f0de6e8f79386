/** A whole lakehouse on a free port and in a folder of its own. */
import { onTestFinished } from 'vitest';
import { localWriteKey, parseSettings, type SettingName } from '../../lake/settings.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../local/runtime.ts';
import { temporaryFolder } from './temporary.ts';

/** Stops by itself when the test is over. */
export async function startTestRuntime(
  options: Partial<Omit<RuntimeOptions, 'settings'>> & {
    settings?: Partial<Record<SettingName, number>>;
  } = {},
): Promise<Runtime> {
  const { settings, ...rest } = options;
  const runtime = await startRuntime({
    home: temporaryFolder(),
    writeKey: localWriteKey,
    note: () => {},
    onFault: () => {},
    ...rest,
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10, ...settings }),
  });
  onTestFinished(() => runtime.stop());
  return runtime;
}
