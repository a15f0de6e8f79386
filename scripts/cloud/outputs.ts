/** What a deployment told: SST writes the outputs of stacks/index.ts to `.sst/outputs.json` when it is done. */
import { readFile } from 'node:fs/promises';
import { Fault } from '../../lake/errors.ts';

export interface StageOutputs {
  stage: string;
  region: string;
  /** Of the collection routes, `/v1` included. */
  url: string;
  writeKey: string;
  stream: string;
  database: string;
  workgroup: string;
  analystWorkgroup?: string;
  warehouse: string;
  errors: string;
  deliveryStreams: string[];
  engineerRole: string;
  analystRole?: string;
}

const file = '.sst/outputs.json';

/**
 * The outputs of a stage: of the file `FIRN_OUTPUTS` names, else of the last deployment from this checkout. Throws a
 * Fault that says how to get them.
 */
export async function stageOutputs(
  stage: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<StageOutputs> {
  const path = environment.FIRN_OUTPUTS ?? file;
  const help =
    `Run npx sst deploy --stage ${stage} here, or copy ${file} from where it was deployed and name it: ` +
    'FIRN_OUTPUTS=<file>';
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new Fault(`${path}: the outputs of the stage ${stage} cannot be read (${error.message}). ${help}`);
  });
  const outputs = parse(text);
  if (typeof outputs !== 'object' || outputs === null || typeof outputs.stage !== 'string') {
    throw new Fault(`${path}: holds no outputs of a deployment. ${help}`);
  }
  if (outputs.stage !== stage) {
    throw new Fault(`${path}: holds the outputs of the stage ${outputs.stage}, not of ${stage}. ${help}`);
  }
  return outputs as StageOutputs;
}

function parse(text: string): Partial<StageOutputs> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
