/**
 * The thread that delivery runs in, so that transforming never delays an answer of the gateway.
 * Messages in: `end` (the log grew), `upkeep` (asked for by name), `watch` (somebody looks), `stop`.
 * Messages out: `ready`, `done`, `retry`, `upkept`, `seen`, `note`, `fault`, `stopped`.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Contract } from '../../lake/types.ts';
import { nodeDisk } from '../disk.ts';
import type { LogEnd } from '../log/log.ts';
import { systemClock } from '../ports.ts';
import { answerRequest, type UpkeepAnswer, type UpkeepRequest } from '../upkeep/remote.ts';
import { TableUpkeep } from '../upkeep/upkeep.ts';
import type { Handler } from './invoke.ts';
import type { Done } from './round.ts';
import { type DeliveryPlaces, startDelivery } from './start.ts';
import { type SeenRecord, Watch } from './watch.ts';

export interface WorkerInput {
  places: DeliveryPlaces;
  end: LogEnd;
  /** URLs of the modules that export `handler` and `contracts`. */
  handlerModule: string;
  schemasModule: string;
}

export type ToWorker =
  | { kind: 'end'; end: LogEnd }
  | { kind: 'upkeep'; request: UpkeepRequest }
  | { kind: 'watch'; on: boolean }
  | { kind: 'stop' };
export type FromWorker =
  | { kind: 'ready'; done: Done }
  | { kind: 'done'; done: Done }
  | { kind: 'retry'; message: string; failures: number }
  | { kind: 'upkept'; answer: UpkeepAnswer }
  | { kind: 'seen'; records: SeenRecord[] }
  | { kind: 'note'; message: string }
  | { kind: 'fault'; name: string; message: string }
  | { kind: 'stopped' };

const port = parentPort!;
const say = (message: FromWorker): void => port.postMessage(message);

async function main(): Promise<void> {
  const { places, end, handlerModule, schemasModule } = workerData as WorkerInput;
  const { handler } = (await import(handlerModule)) as { handler: Handler };
  const { contracts } = (await import(schemasModule)) as { contracts: ReadonlyMap<string, Contract> };
  const ports = { disk: nodeDisk, clock: systemClock, random: { bytes: randomBytes } };
  const watch = new Watch(systemClock, (records) => say({ kind: 'seen', records }));
  const { delivery, close } = await startDelivery(ports, places, { handler, contracts, watch }, end, {
    onDone: (done) => say({ kind: 'done', done }),
    onRetry: ({ message }, failures) => say({ kind: 'retry', message, failures }),
  });
  const upkeep = new TableUpkeep({
    ports,
    settings: places.settings,
    databaseDirectory: places.databaseDirectory,
    temporaryDirectory: path.join(places.stagingDirectory, 'upkeep'),
    doneRound: () => delivery.done.round,
    readersMs: places.settings.queryTimeoutMs,
    onError: (table, { message }) => say({ kind: 'note', message: `upkeep of ${table} failed: ${message}` }),
  });
  await upkeep.clearAbortedRounds();
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'end') delivery.advance(message.end);
    else if (message.kind === 'watch') watch.on = message.on;
    else if (message.kind === 'upkeep') {
      void answerRequest(upkeep, message.request).then((answer) => say({ kind: 'upkept', answer }));
    } else {
      upkeep.stop();
      delivery.stop();
    }
  });
  say({ kind: 'ready', done: delivery.done });
  await Promise.all([delivery.run(), upkeep.run()]);
  await close();
  say({ kind: 'stopped' });
  port.close();
}

main().catch(({ name, message, stack }: Error) => {
  say({ kind: 'fault', name, message: name === 'Fault' ? message : (stack ?? message) });
  port.close();
});
