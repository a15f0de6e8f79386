import { expect, test } from 'vitest';
import { nodeDisk } from '../local/disk.ts';
import type { HttpRequest } from '../local/gateway/http.ts';
import { sequenceNumbers } from '../local/log/shards.ts';
import { Progress } from '../local/progress.ts';
import { withVerdicts } from '../local/verdicts.ts';
import { temporaryFolder } from './helpers/temporary.ts';

const put = {
  method: 'PUT',
  path: '/v1/streams/firn-events/record',
  query: 'wait=committed',
} as HttpRequest;
const accepted = JSON.stringify({ SequenceNumber: sequenceNumbers(0)(0, 3), ShardId: 's' });

function collecting(progress: Progress, bugs: unknown[] = []) {
  return withVerdicts(async () => ({ status: 200, headers: {}, body: accepted }), {
    disk: nodeDisk,
    logDirectory: temporaryFolder(),
    createdMs: 0,
    end: () => ({ number: 4, base: 0, bytes: 0 }),
    progress,
    ask: async () => ({ columns: [], rows: [] }),
    handler: async () => ({ records: [] }),
    withinMs: 1,
    onBug: (bug) => bugs.push(bug),
  });
}

test('what is accepted but not committed in time is answered as accepted: sent again it would be there twice', async () => {
  expect(await collecting(new Progress(3))(put)).toMatchObject({ status: 202, body: accepted });
});

test('so is what is committed where the verdict cannot be told, and the reason is', async () => {
  const bugs: unknown[] = [];
  expect(await collecting(new Progress(4), bugs)(put)).toMatchObject({ status: 202, body: accepted });
  expect(String(bugs[0])).toContain('no longer in the log');
});

test('a put that does not ask for verdicts does not wait', async () => {
  const answer = await collecting(new Progress(0))({ ...put, query: '' });
  expect(answer).toMatchObject({ status: 200, body: accepted });
});

test('whoever waits hears when delivery is there', async () => {
  const progress = new Progress(0);
  const waiting = Promise.all([progress.reached(2, 10_000), progress.reached(5, 1)]);
  progress.advance(3);
  expect(await waiting).toEqual([true, false]);
});
