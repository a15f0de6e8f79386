/** Renders a stage in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Graph } from './graph.ts';
import type { Place } from './mocks.ts';
import { root } from './platform.ts';
import type { RenderOptions } from './program.ts';

export const deployer = 'arn:aws:iam::123456789012:role/deployer';

const home: Place = { account: '123456789012', region: 'eu-west-1', deployer, admins: [deployer] };

export interface Wanted {
  stage?: string;
  place?: Partial<Place>;
  /** Settings, as a person would set them for one deployment. */
  environment?: Record<string, string>;
}

/** Throws an Error with the program's own message if it refuses. */
export async function render({ stage = 'dev', place = {}, environment = {} }: Wanted = {}): Promise<Graph> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-render-'));
  const outfile = path.join(folder, 'graph.json');
  const options: RenderOptions = { stage, place: { ...home, ...place }, environment };
  try {
    const program = path.join(root, 'test/cloud/render/program.ts');
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_|AWS_|FIRN_)/.test(name),
    );
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options), outfile], {
      cwd: root,
      env: Object.fromEntries(inherited),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(said);
    return new Graph(JSON.parse(readFileSync(outfile, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
