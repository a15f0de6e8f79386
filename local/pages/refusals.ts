/** Counts the requests to the collection routes that were refused, since the start. */
import type { HttpHandler } from '../gateway/http.ts';

export interface RefusalCounts {
  /** Answered with 4xx: the client must change something, or come later (429). */
  client: number;
  /** Answered with 5xx: the lakehouse could not take it. */
  server: number;
}

export class Refusals {
  readonly counts: RefusalCounts = { client: 0, server: 0 };

  /** Answers as `handler` does, and counts. */
  counting(handler: HttpHandler): HttpHandler {
    return async (request) => {
      const answer = await handler(request);
      if (answer.status >= 500) this.counts.server += 1;
      else if (answer.status >= 400) this.counts.client += 1;
      return answer;
    };
  }
}
