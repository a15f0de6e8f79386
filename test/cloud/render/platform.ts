/**
 * The SST platform under `.sst/platform`, as the CLI sets it up before it deploys. Once: what is there already
 * (from an earlier test, or from a real `sst install`) is used as it is.
 *
 * The CLI wants a Pulumi engine and would fetch one; nothing here runs an engine, so a stand-in answers
 * `pulumi version` from a configuration folder of our own, and the engine of a real deployment is never touched.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const platform = path.join(root, '.sst/platform');

/** vitest's global setup. */
export default function setUp(): void {
  if (isReady()) return;
  const config = path.join(root, '.sst/test-config');
  standIn(path.join(config, 'sst/bin'));
  const { status, stdout, stderr } = spawnSync(path.join(root, 'node_modules/.bin/sst'), ['install'], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      // Where Go finds the configuration folder: XDG on Linux, under HOME on macOS.
      XDG_CONFIG_HOME: config,
      ...(process.platform === 'darwin' && { HOME: config }),
      SST_NO_BUN: '1',
      SST_TELEMETRY_DISABLED: '1',
      SST_STAGE: 'test',
    },
  });
  if (status !== 0 || !isReady()) {
    throw new Error(`sst install failed, so nothing can be rendered:\n${stdout}\n${stderr}`);
  }
}

/** The versions that package.json and sst.config.ts ask for are installed. */
function isReady(): boolean {
  const version = path.join(platform, 'version');
  const lock = path.join(root, '.sst/provider-lock.json');
  if (!existsSync(version) || !existsSync(lock) || readFileSync(version, 'utf8').trim() !== sstVersion()) {
    return false;
  }
  const config = readFileSync(path.join(root, 'sst.config.ts'), 'utf8');
  const wanted = [...config.matchAll(/(\w+): \{ version: '([\d.]+)' \}/g)].map(
    ([, name, number]) => `${name} ${number}`,
  );
  const locked: { name: string; version: string }[] = JSON.parse(readFileSync(lock, 'utf8'));
  const installed = (name: string) => existsSync(path.join(platform, 'node_modules/@pulumi', name));
  return (
    wanted.length === locked.length &&
    locked.every(({ name, version: number }) => wanted.includes(`${name} ${number}`) && installed(name))
  );
}

function sstVersion(): string {
  return readJson(path.join(root, 'node_modules/sst/package.json')).version;
}

/** Answers with the version that the CLI was built against, and refuses everything else. */
function standIn(folder: string): void {
  const packages = path.join(root, 'node_modules');
  const name = readdirSync(packages).find((entry) => /^sst-(linux|darwin|win32)/.test(entry));
  const cli = readFileSync(path.join(packages, name ?? 'sst', 'bin/sst')).toString('latin1');
  const version = /"@pulumi\/pulumi": "([\d.]+)"/.exec(cli)?.[1];
  if (version === undefined) throw new Error('the sst CLI does not say which Pulumi it was built against');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'pulumi');
  writeFileSync(file, `#!/bin/sh\n[ "$1" = version ] && { echo v${version}; exit 0; }\nexit 1\n`);
  chmodSync(file, 0o755);
}

function readJson(file: string): { version: string } {
  return JSON.parse(readFileSync(file, 'utf8'));
}
