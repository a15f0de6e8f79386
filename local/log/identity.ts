/** Who a log is: made anew when the log is, so that what was delivered from one is never taken for another's. */
import path from 'node:path';
import { Fault } from '../../lake/errors.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { listSegments } from './segments.ts';

export interface LogIdentity {
  id: string;
  createdMs: number;
}

/** The identity of the log in `directory`; a new one if the directory has no log yet. */
export async function openIdentity(
  { disk, clock, random }: { disk: Disk; clock: Clock; random: Random },
  directory: string,
): Promise<LogIdentity> {
  const file = path.join(directory, 'log.json');
  if (await disk.exists(file)) return parseIdentity((await disk.read(file)).toString(), file);
  const [first] = await listSegments(disk, directory);
  if (first !== undefined) {
    throw new Fault(`${file} is missing, but the log has records; restore it, or move the home away`);
  }
  const identity = { id: Buffer.from(random.bytes(16)).toString('hex'), createdMs: clock.now() };
  await disk.create(file, Buffer.from(`${JSON.stringify(identity)}\n`));
  return identity;
}

function parseIdentity(text: string, file: string): LogIdentity {
  try {
    const { id, createdMs } = JSON.parse(text) as Partial<LogIdentity>;
    if (typeof id === 'string' && typeof createdMs === 'number') return { id, createdMs };
  } catch {
    // Told below, as any other damage.
  }
  throw new Fault(`${file} is damaged: expected the log's id; restore it from a copy, or move the home away`);
}
