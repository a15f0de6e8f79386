/** Installs the trackers, unless they are there as the lock files want them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** vitest's global setup. */
export default function setUp(): void {
  for (const folder of ['test/clients', 'examples/site']) {
    const directory = path.join(root, folder);
    const lock = readFileSync(path.join(directory, 'package-lock.json'), 'utf8');
    const mark = path.join(directory, 'node_modules/.installed-lock.json');
    if (textOf(mark) === lock) continue;
    const { status, stderr } = spawnSync('npm', ['ci'], { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ci in ${folder} failed:\n${stderr}`);
    writeFileSync(mark, lock);
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
