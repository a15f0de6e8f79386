/** The collection routes on one machine: what `lake/collect/` makes of a request goes into the log. */
import { randomUUID } from 'node:crypto';
import type { CollectAnswer } from '../../lake/collect/answers.ts';
import { collect } from '../../lake/collect/collect.ts';
import { findCollectRoute } from '../../lake/collect/routes.ts';
import type { WriteKeyDigests } from '../../lake/write-keys.ts';
import { PutRefused } from '../log/log.ts';
import type { Stream } from '../log/stream.ts';
import type { Clock } from '../ports.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from './http.ts';

export interface Collector {
  /** Answers a request to a collection route; undefined for any other path. */
  answer(request: HttpRequest): Promise<HttpAnswer> | undefined;
  /** Metrics of the tracking library itself that came since the start. */
  metrics(): number;
}

export function collector(stream: Stream, keys: WriteKeyDigests, clock: Clock): Collector {
  let metrics = 0;

  async function answer(request: HttpRequest): Promise<CollectAnswer> {
    const host = String(request.headers.host ?? 'localhost');
    const secure = request.headers['x-forwarded-proto'] === 'https';
    const plan = collect(
      {
        ...request,
        requestId: randomUUID(),
        atMs: clock.now(),
        protocol: secure ? 'https' : 'http',
        apiHost: `${host}/v1`,
      },
      keys,
    );
    if (!('records' in plan)) {
      metrics += plan.metrics ?? 0;
      return plan;
    }
    if (plan.records.length === 0) return plan.done;
    try {
      await stream.put(plan.records);
      return plan.done;
    } catch (error) {
      return plan.failed(error instanceof PutRefused && !error.full);
    }
  }

  return {
    answer: (request) => (findCollectRoute(request.path) === undefined ? undefined : answer(request)),
    metrics: () => metrics,
  };
}

/** Collection routes first; everything else below `/v1` is the Kinesis proxy's. */
export function collection({ answer }: Collector, proxy: HttpHandler): HttpHandler {
  return (request) => answer(request) ?? proxy(request);
}
