/** Renders a stage in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AvroRecord, parseContract } from '../../../lake/contract.ts';
import { generateIndex } from '../../../lake/schemas.ts';
import { contracts } from '../../../schemas/index.ts';
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
  /** Schemas beside those of schemas/, as JSON. */
  moreSchemas?: readonly AvroRecord[];
}

/** Throws an Error with the program's own message if it refuses. */
export async function render(wanted: Wanted = {}): Promise<Graph> {
  const { stage = 'dev', place = {}, environment = {}, moreSchemas = [] } = wanted;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-render-'));
  const outfile = path.join(folder, 'graph.json');
  const options: RenderOptions = {
    stage,
    place: { ...home, ...place },
    environment,
    ...(moreSchemas.length > 0 && { contracts: indexWith(moreSchemas) }),
  };
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

/** What `npm run schemas` would write if these files were there too. */
function indexWith(moreSchemas: readonly AvroRecord[]): string {
  const added = moreSchemas.map((schema) => parseContract(schema, `schemas/${schema.name}.avsc`));
  const all = new Map([...contracts, ...added.map((contract) => [contract.table, contract] as const)]);
  return generateIndex(all, [], `with ${added.map(({ table }) => table).join()}`);
}
