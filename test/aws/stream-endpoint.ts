/** A stream behind an endpoint, without what follows it, and with a clock of the test's. */
import { parseSettings } from '../../lake/settings.ts';
import { firehoseOperations } from '../../local/aws/firehose.ts';
import { kinesisOperations } from '../../local/aws/kinesis.ts';
import { stsService } from '../../local/aws/sts.ts';
import { nodeDisk } from '../../local/disk.ts';
import { listen } from '../../local/gateway/http.ts';
import { bodyLimits, route } from '../../local/gateway/routes.ts';
import { ShardConsumer } from '../../local/log/consumer.ts';
import { Log, type LogOptions } from '../../local/log/log.ts';
import { Stream } from '../../local/log/stream.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export interface StreamEndpoint {
  url: string;
  port: number;
  log: Log;
  stop(): Promise<void>;
}

/** Starts on a free port, or on `port`, over the log in `folder`. */
export async function startStreamEndpoint(
  folder: string,
  now: () => number,
  { port = 0, shards = 2, ...options }: Partial<LogOptions> & { port?: number; shards?: number } = {},
): Promise<StreamEndpoint> {
  const clock = { now, sleep: () => Promise.resolve() };
  const random = { bytes: (size: number) => new Uint8Array(size).fill(7) };
  const log = await Log.open({ disk: nodeDisk, clock, random }, folder, {
    segmentBytes: 2 ** 20,
    retentionMs: 3_600_000,
    maxBytes: 2 ** 30,
    reserveBytes: 0,
    ...options,
  });
  const stream = new Stream(log, {
    name: 'firn-events',
    arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/firn-events',
    shards,
    retentionHours: 24,
  });
  const consumer = new ShardConsumer(nodeDisk, folder, log);
  const server = await listen(
    route(
      {
        collect: async () => ({ status: 404, headers: {}, body: '' }),
        operations: {
          ...kinesisOperations(stream, consumer, '000000000000', now),
          ...firehoseOperations(stream, {
            settings: parseSettings({}),
            arn: (resource) => `arn:aws:firehose:us-east-1:000000000000:${resource}`,
            role: 'arn:aws:iam::000000000000:role/firn-firehose',
            catalog: 'arn:aws:glue:us-east-1:000000000000:catalog',
            transform: 'arn:aws:lambda:us-east-1:000000000000:function:firn-transform',
          }),
        },
        sts: stsService('000000000000'),
      },
      {
        access: { keys: { configured: false, find: () => undefined }, now },
        hostNames: [],
      },
    ),
    bodyLimits,
    { host: '127.0.0.1', port },
  );
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    log,
    async stop() {
      await server.close();
      await log.close();
    },
  };
}
