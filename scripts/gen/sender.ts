/**
 * Sends events in batches, several calls at a time, until each is accepted or has failed for good. What failed,
 * and only that, is sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { collectLimits } from '../../lake/collect/limits.ts';
import { limits } from '../../lake/gateway.ts';
import type { GeneratedEvent } from './events.ts';
import {
  type Answer,
  type ApiMethod,
  type Entry,
  Gateway,
  type GatewayOptions,
  type Judgement,
  judge,
  type Outcome,
} from './gateway.ts';

export interface SenderOptions extends Omit<GatewayOptions, 'connections'> {
  apiMethod: ApiMethod;
  /** Events in a call, 1 to 500; `record` always sends one. */
  batch: number;
  /** Calls under way at a time. */
  concurrency: number;
  /** Events a second at most; absent: as fast as the answers come. */
  rate?: number | undefined;
  /** How often an event is sent before it counts as failed. Default 8. */
  attempts?: number;
  /** Pause before the second attempt, in ms; each later pause may be twice as long. Default 100. */
  retryDelayMs?: number;
  /** Called when something has to be sent again, but only the first time. */
  onFirstRetry?(reason: string): void;
  /** Called with each answer, before anything else is done with it. */
  onAnswer?(answer: Answer): void;
  /** Called with the ids of events that an answer has just acknowledged. */
  onAccepted?(ids: readonly string[]): void;
}

export interface Summary {
  /** Events that were part of at least one call: those accepted and those failed. */
  sent: number;
  accepted: number;
  failed: number;
  /** Events sent again, each time counted. */
  retried: number;
  /** Why events failed, the last reason seen. */
  reason: string | undefined;
}

interface Pending extends Entry {
  id: string;
}

/** A body is closed when it has so many bytes: the route's limit, less room for one large event more. */
const proxyBytesMax = limits.bodyBytes - 2 * limits.recordBytes;
const segmentBytesMax = collectLimits.batchBytes - 2 * collectLimits.eventBytes;
/** Longest pause between two attempts, in ms. */
const delayMaxMs = 2_000;
const attemptsDefault = 8;

export class Sender {
  readonly summary: Summary = { sent: 0, accepted: 0, failed: 0, retried: 0, reason: undefined };
  readonly #options: SenderOptions;
  readonly #gateway: Gateway;
  readonly #stopping = new AbortController();
  #reserved = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#gateway = new Gateway({ ...options, connections: options.concurrency });
  }

  /**
   * Sends all events, or as many as there is time for before `stop`; to be called once. Events that fail are
   * counted, not thrown. When a call shows that no other can succeed, the rest is not sent.
   */
  async send(events: Iterable<GeneratedEvent>): Promise<Summary> {
    const source = events[Symbol.iterator]();
    const startedAt = performance.now();
    const worker = async (): Promise<void> => {
      while (!this.#stopping.signal.aborted) {
        await this.#untilDue(startedAt);
        const batch = this.#stopping.signal.aborted ? [] : this.#take(source);
        if (batch.length === 0) return;
        await this.#deliver(batch);
      }
    };
    try {
      await Promise.all(Array.from({ length: this.#options.concurrency }, worker));
    } finally {
      this.stop();
      this.#gateway.close();
    }
    return this.summary;
  }

  /** Takes no more events; calls under way are seen to their end. */
  stop(): void {
    this.#stopping.abort();
  }

  #batchSize(): number {
    return this.#options.apiMethod === 'record' ? 1 : Math.min(this.#options.batch, limits.recordsPerCall);
  }

  #take(source: Iterator<GeneratedEvent>): Pending[] {
    const batch: Pending[] = [];
    const bodyBytesMax = this.#options.apiMethod === 'segment' ? segmentBytesMax : proxyBytesMax;
    for (let bytes = 0; batch.length < this.#batchSize() && bytes < bodyBytesMax; ) {
      const next = source.next();
      if (next.done) {
        // Nobody needs to wait for the rate any more.
        this.stop();
        break;
      }
      const { id, partitionKey, data } = next.value;
      const text = JSON.stringify(data);
      bytes += Buffer.byteLength(text);
      batch.push({ id, partitionKey, data: text });
    }
    return batch;
  }

  /** Waits until the rate allows another batch; its share is reserved first, so that no two calls use it. */
  async #untilDue(startedAt: number): Promise<void> {
    const { rate } = this.#options;
    if (rate === undefined) return;
    const dueAt = startedAt + (this.#reserved / rate) * 1000;
    this.#reserved += this.#batchSize();
    const { signal } = this.#stopping;
    await sleep(Math.max(0, dueAt - performance.now()), undefined, { signal }).catch(() => undefined);
  }

  /** Sends a batch, and again what failed of it, until nothing is left or the attempts are used up. */
  async #deliver(batch: readonly Pending[]): Promise<void> {
    const { attempts = attemptsDefault, retryDelayMs = 100, apiMethod } = this.#options;
    this.summary.sent += batch.length;
    let left = batch;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === attempts;
      const { outcomes, reason, hopeless } = await this.#call(apiMethod, left);
      const ids = left.filter((_, i) => outcomes[i] === 'accepted').map(({ id }) => id);
      if (ids.length > 0) this.#options.onAccepted?.(ids);
      const again = last ? [] : left.filter((_, i) => outcomes[i] === 'retry');
      const failed = left.length - ids.length - again.length;
      this.summary.accepted += ids.length;
      this.summary.failed += failed;
      if (failed > 0) this.summary.reason = reason;
      if (hopeless && failed > 0) this.stop();
      if (again.length === 0) return;
      if (this.summary.retried === 0) this.#options.onFirstRetry?.(reason ?? 'not accepted');
      this.summary.retried += again.length;
      left = again;
      await sleep(backoffMs(attempt, retryDelayMs, Math.random()));
    }
  }

  async #call(method: ApiMethod, entries: readonly Pending[]): Promise<Judgement> {
    try {
      const answer = await this.#gateway.put(method, entries);
      this.#options.onAnswer?.(answer);
      return judge(method, answer, entries.length);
    } catch (error) {
      // Whether the events arrived is unknown; they go again under the same event ids, which shows doubles.
      const reason = `no answer from ${this.#options.apiUrl}: ${explain(error)}`;
      return { outcomes: entries.map((): Outcome => 'retry'), reason, hopeless: true };
    }
  }
}

/** The pause after an attempt (from 1), in ms: it doubles, and `chance` (0 to 1) takes up to half of it. */
export function backoffMs(attempt: number, firstMs: number, chance: number): number {
  return Math.min(firstMs * 2 ** (attempt - 1), delayMaxMs) * (1 - chance / 2);
}

/** Of a host name with several addresses, Node gives one error that holds an error for each. */
function explain(error: unknown): string {
  if (error instanceof AggregateError) return explain(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
