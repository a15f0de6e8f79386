/**
 * The generator: believable events for one table. The same contract, seed, count and clock give the same
 * events, byte for byte.
 */
import { faker } from '@faker-js/faker/locale/en';
import { clickstreamTable } from '../../lake/collect/clickstream.ts';
import type { Contract } from '../../lake/types.ts';
import { compileAvro } from './avro.ts';
import { makeMessages } from './clickstream.ts';
import { breakAvro, compileJsonFaults, type Fault } from './faults.ts';
import { Random } from './random.ts';
import { compileEvent, type Format, memberName } from './rows.ts';
import { browse, type Step, stepsPerSession } from './sessions.ts';
import { makeSite } from './site.ts';
import { makeTimeline, spanMs } from './timeline.ts';

export interface GeneratedEvent {
  /** The event's id, as `event_id` says it. */
  id: string;
  partitionKey: string;
  /** An object; or text: an Avro message as base64, or JSON that is broken on purpose. */
  data: unknown;
  /** What is wrong with it, if it was broken on purpose. */
  fault: Fault | undefined;
}

export interface EventOptions {
  contract: Contract;
  seed: number;
  /** How many; Infinity for a stream that happens while it is read. */
  count: number;
  /** Ms since 1970. A known count of events ends at the first answer; endless ones ask for each. */
  now(): number;
  format?: Format;
  /** Percent of events to break. */
  invalid?: number;
  /** The table that an event without `$table` goes to. */
  defaultTable?: string;
  /** The route tells the table: events need not. */
  unrouted?: boolean;
  /** Of a clickstream: how many days back a known count reaches. Default 14. */
  days?: number | undefined;
}

/** Makes `count` events, in order of time. */
export function makeEvents(options: EventOptions): Generator<GeneratedEvent, void> {
  return options.contract.table === clickstreamTable ? makeMessages(options) : makeRows(options);
}

function* makeRows(options: EventOptions): Generator<GeneratedEvent, void> {
  const { contract, seed, count, invalid = 0 } = options;
  const random = new Random(seed, `values of ${contract.table}`);
  const ids = new Random(seed, `ids of ${contract.table}`);
  const encode = compileEncoder(options, random);
  let index = 0;
  for (const step of steps(options)) {
    if (index >= count) return;
    const id = ids.uuid();
    // Rounding the running share down makes the number of broken events exact, and spreads them evenly.
    const broken = Math.floor(((index + 1) * invalid) / 100) > Math.floor((index * invalid) / 100);
    const { data, fault } = encode(step, id, broken);
    yield { id, partitionKey: step.session.visitor.userId, data, fault };
    index++;
  }
}

type Encoder = (step: Step, id: string, broken: boolean) => { data: unknown; fault: Fault | undefined };

function compileEncoder(options: EventOptions, random: Random): Encoder {
  const { contract, seed, format = 'json', defaultTable = 'web_log' } = options;
  // A contract's own faker functions draw while it is compiled; dates are drawn around now.
  faker.seed(seed);
  faker.setDefaultRefDate(options.now());
  const event = compileEvent(contract, format, random);
  if (format === 'avro') {
    const encode = compileAvro(contract);
    return (step, id, broken) => {
      const data = encode(event(step, { event_id: id }));
      return broken ? breakAvro(data, random) : { data, fault: undefined };
    };
  }
  const breakJson = compileJsonFaults(contract, memberName(contract));
  const { table } = contract;
  const routed = table !== defaultTable;
  return (step, id, broken) => {
    const data = event(step, routed ? { $table: table, event_id: id } : { event_id: id });
    return broken ? breakJson(data, random) : { data, fault: undefined };
  };
}

/** What the visitors do, at the pace that fills the time span with `count` steps. */
function steps({ seed, count, now }: EventOptions): Iterable<Step> {
  const sessions = count / stepsPerSession;
  const seconds = spanMs(count) / 1000;
  const endless = !Number.isFinite(count);
  return browse({
    seed,
    site: makeSite(seed),
    // Few enough that they come back; enough that half an hour's break leaves others to come.
    population: endless
      ? 100_000
      : Math.ceil(Math.max(20, sessions * Math.max(0.4, Math.min(1, 3600 / seconds)))),
    arrivals: endless ? 2 : sessions / seconds,
    timeOf: makeTimeline(count, now, new Random(seed, 'times')),
  });
}
