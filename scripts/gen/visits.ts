/**
 * Visits over days: when each begins follows the hours of the day, and people come back, most of them soon or
 * never. `browse` in sessions.ts fills hours densely instead; there the pace of all makes the pace of one.
 */
import type { Random } from './random.ts';
import { arrive, idleMs, type Open, popularProduct, type Step, think } from './sessions.ts';
import type { Site } from './site.ts';

export interface VisitOptions {
  seed: number;
  random: Random;
  site: Site;
  /** Ms since 1970 at which the next visit begins; never runs backwards. */
  begin(): number;
}

/** The share of visits by people who were here before, once there are some. */
const returning = 0.45;
/** How many people may come back: the latest newcomers. */
const knownMax = 200_000;

/** All steps of all visits, in order of time, without end. */
export function* visits({ seed, random, site, begin }: VisitOptions): Generator<Step, never> {
  const guests = new Guests();
  /** Sessions under way, the one whose step is due first at the end. */
  const open: (Open & { at: number })[] = [];
  for (;;) {
    const at = begin();
    for (let next = open.at(-1); next !== undefined && next.at <= at; next = open.at(-1)) {
      open.pop();
      yield stepOf(next, random, site);
      next.position++;
      next.at += think(random) * 1000 + random.below(1000);
      if (next.position === next.path.length) guests.left(next.person, next.at);
      else open.splice(placeOf(open, next.at), 0, next);
    }
    const visit = { ...arrive(random, seed, site, guests.arrival(random, at)), at };
    open.splice(placeOf(open, at), 0, visit);
  }
}

function stepOf(open: Open & { at: number }, random: Random, site: Site): Step {
  const kind = open.path[open.position]!;
  if (kind === 'view' && open.position > 1) open.product = popularProduct(random, site);
  const { session, position, product, quantity, at } = open;
  return { kind, session, hostname: site.hostname, position, product, quantity, at };
}

/** Where a session belongs in a list that is sorted by time, the latest first. */
function placeOf(open: readonly { at: number }[], at: number): number {
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (open[middle]!.at > at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Who was here; persons are numbers, in the order in which they came first. */
class Guests {
  readonly #lastSeen = new Map<number, number>();
  #count = 0;

  /** Somebody who was here before and has been away for a while, rather a late newcomer than an early one; or a new one. */
  arrival(random: Random, at: number): number {
    let person = this.#count;
    if (this.#count > 0 && random.chance(returning)) {
      const known = Math.min(this.#count, knownMax);
      const candidate = this.#count - 1 - Math.floor(known * random.float() ** 3);
      if (at - (this.#lastSeen.get(candidate) ?? Number.POSITIVE_INFINITY) >= idleMs) person = candidate;
    }
    if (person === this.#count) {
      this.#count++;
      this.#lastSeen.delete(person - knownMax);
    }
    this.#lastSeen.set(person, Number.POSITIVE_INFINITY);
    return person;
  }

  left(person: number, at: number): void {
    this.#lastSeen.set(person, at);
  }
}
