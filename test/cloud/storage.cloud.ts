import { expect, test } from 'vitest';
import { render } from './render/render.ts';

const graph = await render();

test('the stream is on demand, encrypted with our key, and keeps records for a week', () => {
  expect(graph.one('Stream', 'Stream').inputs).toMatchObject({
    streamModeDetails: { streamMode: 'ON_DEMAND' },
    encryptionType: 'KMS',
    kmsKeyId: graph.one('Key').state.arn,
    retentionPeriod: 168,
  });
});
