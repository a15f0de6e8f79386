/** A generated clickstream: visitors of two weeks, as messages of Segment's, in order of the visitors' steps. */
import type { EventOptions, GeneratedEvent } from './events.ts';
import { compileMessageFaults } from './faults.ts';
import { Messages } from './messages.ts';
import { Random } from './random.ts';
import { makeSite } from './site.ts';
import { makeTimeline } from './timeline.ts';
import { visits } from './visits.ts';

const defaultDays = 14;
const dayMs = 86_400_000;
/** Visits stop beginning so long before the end, that most are over by then. */
const lastVisitMs = 600_000;

/** Makes `count` messages; their ids are messageIds. The same options give the same messages, byte for byte. */
export function* makeMessages(options: EventOptions): Generator<GeneratedEvent, void> {
  const { seed, count, now, invalid = 0, unrouted = false } = options;
  const random = new Random(seed, 'messages');
  const ids = new Random(seed, 'ids of messages');
  const breakMessage = compileMessageFaults();
  const site = makeSite(seed);
  const messages = new Messages(random);
  const end = Number.isFinite(count) ? now() : Number.POSITIVE_INFINITY;
  let index = 0;
  const begin = beginnings(options, () => index);
  const steps = visits({ seed, random: new Random(seed, 'visits'), site, begin });
  for (const step of steps) {
    for (const { at, message } of messages.of(step)) {
      if (index >= count) return;
      const id = ids.uuid();
      const timestamp = new Date(Math.min(at, end)).toISOString();
      const start = unrouted ? { messageId: id } : { $table: options.contract.table, messageId: id };
      const whole = { ...start, ...message, timestamp };
      // As in events.ts: the number of broken ones is exact.
      const broken = Math.floor(((index + 1) * invalid) / 100) > Math.floor((index * invalid) / 100);
      const { data, fault } = broken ? breakMessage(whole, random) : { data: whole, fault: undefined };
      yield { id, partitionKey: step.session.visitor.userId, data, fault };
      index++;
    }
  }
}

/**
 * When the next visit begins: as far through the days as messages are made, so that the last of them falls near
 * the end, and as a day has busy and quiet hours; or now, where there is no end.
 */
function beginnings(
  { seed, count, now, days = defaultDays }: EventOptions,
  made: () => number,
): () => number {
  if (!Number.isFinite(count)) return () => Math.floor(now());
  const end = now() - lastVisitMs;
  const timeOf = makeTimeline(count, () => end, new Random(seed, 'times of visits'), days * dayMs);
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    latest = Math.max(latest, timeOf(made()));
    return latest;
  };
}
