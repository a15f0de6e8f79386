/** A lakehouse whose process dies at a chosen change to the disk. */
import type { Contract } from '../../lake/types.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import type { AppendFile, Disk } from '../../local/ports.ts';
import { openLakehouse } from './lakehouse.ts';

/** Runs the puts against a disk that crashes, each in a round of its own; answers how many were acknowledged. */
export async function runUntilCrash(
  home: string,
  puts: readonly (readonly object[])[],
  { handler, contracts }: { handler: Handler; contracts?: ReadonlyMap<string, Contract> },
  at = Number.POSITIVE_INFINITY,
): Promise<{ acknowledged: number; operations: number }> {
  let acknowledged = 0;
  const { disk, operations, crashed, closeFiles } = crashingDisk(at);
  const life = async (): Promise<void> => {
    const lakehouse = await openLakehouse(home, handler, { disk, ...(contracts && { contracts }) });
    const running = lakehouse.delivery.run();
    running.catch(() => {});
    for (const events of puts) {
      await lakehouse.put(events);
      acknowledged += 1;
      while (lakehouse.delivery.done.to < lakehouse.log.end.number)
        await new Promise((r) => setTimeout(r, 2));
    }
    lakehouse.delivery.stop();
    await running;
  };
  await Promise.race([life().catch(() => {}), crashed]);
  await closeFiles();
  return { acknowledged, operations: operations() };
}

/** The process is gone: nothing that it still tries has any effect. */
class Crash extends Error {}

/** A disk whose process dies before the operation number `at` that changes something, or in the middle of it. */
export function crashingDisk(at: number) {
  const open: AppendFile[] = [];
  let operations = 0;
  let die = (): void => {};
  const crashed = new Promise<void>((resolve) => {
    die = resolve;
  });
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    operations += 1;
    if (operations < at) return run();
    die();
    throw new Crash(`crashed at operation ${at}`);
  };
  const disk: Disk = {
    ...nodeDisk,
    write: (file, data) => step(() => nodeDisk.write(file, data)),
    create: (file, data) => step(() => nodeDisk.create(file, data)),
    replace: (file, data) => step(() => nodeDisk.replace(file, data)),
    sync: (file) => step(() => nodeDisk.sync(file)),
    syncDir: (file) => step(() => nodeDisk.syncDir(file)),
    mkdir: (file) => step(() => nodeDisk.mkdir(file)),
    rename: (from, to) => step(() => nodeDisk.rename(from, to)),
    remove: (file) => step(() => nodeDisk.remove(file)),
    async append(file) {
      const real = await step(() => nodeDisk.append(file));
      open.push(real);
      return {
        ...real,
        write: (data) =>
          step(() => real.write(data)).catch(async (error) => {
            // A write may have got half-way.
            if (operations === at) await real.write(data.subarray(0, Math.floor(data.length / 2)));
            throw error;
          }),
        sync: () => step(() => real.sync()),
        truncate: (size) => step(() => real.truncate(size)),
      };
    },
  };
  return {
    disk,
    operations: () => operations,
    crashed,
    /** What the kernel does for a dead process. */
    closeFiles: () => Promise.allSettled(open.map((file) => file.close())),
  };
}
