import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = makeTemporaryFolder();
  onTestFinished(folder.remove);
  return folder.path;
}

/** A new folder, for a suite that removes it by itself. */
export function makeTemporaryFolder(): { path: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-test-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
