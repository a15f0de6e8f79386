/** Starts delivery in a thread of its own, and speaks with it. */
import { Worker } from 'node:worker_threads';
import { Fault } from '../lake/errors.ts';
import type { Done } from './delivery/round.ts';
import type { SeenRecord } from './delivery/watch.ts';
import type { FromWorker, ToWorker, WorkerInput } from './delivery/worker.ts';
import type { Upkeep } from './upkeep/index.ts';
import { RemoteUpkeep } from './upkeep/remote.ts';

/** The delivery thread, from outside. */
export interface DeliveryThread {
  tell(message: ToWorker): void;
  upkeep: Upkeep;
  done(): Done;
  stop(): Promise<void>;
}

export interface ThreadHooks {
  note: (line: string) => void;
  onFault: (fault: Fault) => void;
  onDone: (done: Done) => void;
  /** A round failed and is tried again. */
  onRetry: (message: string) => void;
  /** A sample of records and verdicts, while `watch` is on. */
  onSeen: (records: readonly SeenRecord[]) => void;
}

/** Starts the delivery thread and waits until it has recovered. */
export async function startDeliveryThread(input: WorkerInput, hooks: ThreadHooks): Promise<DeliveryThread> {
  const worker = new Worker(new URL('./delivery/worker.mjs', import.meta.url), {
    workerData: input,
    // Events live for a batch or two: a young generation that holds them spares copying (a fifth of the CPU).
    resourceLimits: { maxYoungGenerationSizeMb: 96 },
  });
  let done: Done | undefined;
  const upkeep = new RemoteUpkeep((request) => worker.postMessage({ kind: 'upkeep', request }));
  worker.once('exit', () => upkeep.end('the delivery thread has ended'));
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready' || message.kind === 'done') {
        done = message.done;
        if (message.kind === 'ready') resolve();
        else hooks.onDone(done);
      } else if (message.kind === 'retry') {
        hooks.onRetry(message.message);
        hooks.note(`delivery failed ${message.failures} times in a row and tries again: ${message.message}`);
      } else if (message.kind === 'seen') {
        hooks.onSeen(message.records);
      } else if (message.kind === 'upkept') {
        upkeep.settle(message.answer);
      } else if (message.kind === 'note') {
        hooks.note(message.message);
      } else if (message.kind === 'fault') {
        // A round under way may be trying for ever; it goes on at the next start.
        worker.terminate().catch(() => {});
        const fault = new Fault(message.message);
        if (done === undefined) reject(fault);
        else hooks.onFault(fault);
      }
    });
    worker.once('error', (error) => {
      if (done === undefined) reject(error);
      else hooks.onFault(new Fault(`the delivery thread ended: ${error.message}`));
    });
  });
  return {
    tell: (message) => worker.postMessage(message),
    done: () => done!,
    upkeep,
    async stop() {
      worker.postMessage({ kind: 'stop' } satisfies ToWorker);
      await ended;
    },
  };
}
