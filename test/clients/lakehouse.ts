/** A lakehouse with its page built, for a suite that stops it itself. */
import { parseSettings } from '../../lake/settings.ts';
import { buildPages } from '../../local/pages/build.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../local/runtime.ts';

/** Throws what the build says where it fails. */
export async function startWithPage(home: string, options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const failure = await buildPages();
  if (failure !== undefined) throw new Error(failure);
  return startRuntime({
    home,
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 }),
    writeKey: 'local',
    note: () => {},
    onFault: (fault) => {
      throw fault;
    },
    ...options,
  });
}
