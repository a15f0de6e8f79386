import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as the fake gateway saw it. */
export interface SeenCall {
  path: string;
  key: string | undefined;
  /** `event_id` of each event, in order. */
  ids: string[];
}

/** What to answer: a status and a body, or nothing at all (the connection breaks). */
export type Scripted = { status: number; body: unknown } | 'hang up';

export interface FakeGateway {
  apiUrl: string;
  calls: SeenCall[];
  close(): Promise<void>;
}

/** A gateway on a free loopback port that answers as `script` says for each call. */
export async function fakeGateway(
  script: (call: SeenCall, number: number) => Scripted,
): Promise<FakeGateway> {
  const calls: SeenCall[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call: SeenCall = {
        path: `${request.method} ${request.url}`,
        key: request.headers['x-api-key'] as string | undefined,
        ids: idsIn(JSON.parse(Buffer.concat(chunks).toString()) as Body),
      };
      calls.push(call);
      const answer = script(call, calls.length);
      if (answer === 'hang up') {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The answer to a call whose entries fail where `fails` says so. */
export function putRecordsAnswer({ ids }: SeenCall, fails: (id: string) => boolean = () => false): Scripted {
  const records = ids.map((id, i) =>
    fails(id)
      ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' }
      : { SequenceNumber: String(i), ShardId: 'shardId-000000000000' },
  );
  return { status: 200, body: { FailedRecordCount: ids.filter(fails).length, Records: records } };
}

interface Body {
  Data?: { event_id: string };
  records?: { data: { event_id: string }; 'partition-key': string }[];
}

function idsIn({ Data, records }: Body): string[] {
  return Data === undefined ? records!.map(({ data }) => data.event_id) : [Data.event_id];
}
