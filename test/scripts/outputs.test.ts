import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stageOutputs } from '../../scripts/cloud/outputs.ts';
import { fakeGateway } from '../gen/fake-gateway.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-outputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(outputs: unknown): string {
  const name = path.join(folder, `${Math.random()}.json`);
  writeFileSync(name, JSON.stringify(outputs));
  return name;
}

test('the outputs of the stage that was deployed are read', async () => {
  const FIRN_OUTPUTS = file({ stage: 'dev', stream: 'firn-dev-events' });
  expect(await stageOutputs('dev', { FIRN_OUTPUTS })).toMatchObject({ stream: 'firn-dev-events' });
});

test('the outputs of another stage, of none, or of no deployment at all are refused, with what to do', async () => {
  await expect(stageOutputs('prod', { FIRN_OUTPUTS: file({ stage: 'dev' }) })).rejects.toThrow(
    /holds the outputs of the stage dev, not of prod. Run npx sst deploy --stage prod/,
  );
  await expect(stageOutputs('dev', { FIRN_OUTPUTS: file([]) })).rejects.toThrow('holds no outputs');
  await expect(stageOutputs('dev', { FIRN_OUTPUTS: path.join(folder, 'none') })).rejects.toThrow(
    'cannot be read',
  );
});

test('the generator sends to the stage that is named, with its key', async () => {
  const gateway = await fakeGateway(() => ({ status: 200, body: { SequenceNumber: '1', ShardId: 's' } }));
  try {
    const outputs = file({
      stage: 'dev',
      url: gateway.apiUrl,
      stream: 'firn-dev-events',
      writeKey: 'secret',
    });
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'scripts/gen.ts', '--stage', 'dev', '--max-count', '1', '--api-method', 'record'],
      { env: { ...process.env, FIRN_OUTPUTS: outputs }, stdio: 'ignore' },
    );
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(gateway.calls.map(({ path: called, key }) => [called, key])).toEqual([
      [expect.stringContaining('/streams/firn-dev-events/record'), 'secret'],
    ]);
  } finally {
    await gateway.close();
  }
});
