/**
 * Who does what, in which order: visitors come, look around, and fewer of them go each step further. Many
 * sessions run at a time; a visitor who was away for half an hour comes back with a new session.
 */
import { type Browser, browsers } from './browsers.ts';
import { Random } from './random.ts';
import type { Product, Site } from './site.ts';

export type StepKind = 'visit' | 'view' | 'list' | 'like' | 'cart' | 'remove' | 'purchase';

export interface Visitor {
  userId: string;
  ip: string;
  /** None for who has the application instead. */
  browser: Browser | undefined;
  /** As applications spell it: not all of them in two letters. */
  country: string;
  gender: string;
}

export interface Session {
  id: string;
  visitor: Visitor;
  /** The address that led here; none for those who typed ours. */
  referrer: string | undefined;
  landing: string;
  /** Where the visitor came from, in an application's words. */
  origin: string;
}

/** One thing that somebody did. */
export interface Step {
  kind: StepKind;
  session: Session;
  hostname: string;
  /** From 0, within the session. */
  position: number;
  product: Product;
  quantity: number;
  /** Milliseconds since 1970. */
  at: number;
}

export const countries = ['US', 'IN', 'CN', 'ID', 'UK', 'VN', 'TH', 'PH', 'MY', 'SG', 'AUS'] as const;

/** The share of sessions that go on from each stage to the next; each stage lies within the one before. */
const goesOn = { view: 0.82, viewAgain: 0.4, interest: 0.55, cart: 0.45, purchase: 0.5, remove: 0.4 };

/** Steps of an average session. */
export const stepsPerSession =
  1 +
  goesOn.view *
    (1 / (1 - goesOn.viewAgain) +
      goesOn.interest * (1 + goesOn.cart * (1 + goesOn.purchase + (1 - goesOn.purchase) * goesOn.remove)));

/** Nothing done for so long ends a session. */
export const idleMs = 30 * 60_000;

const thinkMin = 4;
const thinkMax = 120;

/** A session under way. */
export interface Open {
  session: Session;
  person: number;
  path: readonly StepKind[];
  position: number;
  product: Product;
  quantity: number;
}

export interface BrowseOptions {
  seed: number;
  site: Site;
  /** How many visitors come by and by; more are added when all of them are busy. */
  population: number;
  /** Sessions that start in a second of the simulation. */
  arrivals: number;
  /** The time of step number `index`; never runs backwards. */
  timeOf(index: number): number;
}

/** All steps of all visitors, in order of time, without end. */
export function* browse(options: BrowseOptions): Generator<Step, never> {
  const { seed, site, arrivals, timeOf } = options;
  const random = new Random(seed, 'sessions');
  const attendance = new Attendance(options.population);
  // A ring of seconds: each holds the sessions whose next step is due then.
  const seconds: Open[][] = Array.from({ length: thinkMax + 1 }, () => []);
  let waiting = 1;
  let index = 0;
  for (let second = 0; ; second = (second + 1) % seconds.length) {
    const due = seconds[second]!;
    seconds[second] = [];
    let at = timeOf(index);
    for (; waiting >= 1; waiting--) due.push(arrive(random, seed, site, attendance.arrival(random, at)));
    waiting += arrivals;
    for (const open of due) {
      const kind = open.path[open.position]!;
      if (kind === 'view' && open.position > 1) open.product = popularProduct(random, site);
      const { session, position, product, quantity } = open;
      yield { kind, session, hostname: site.hostname, position, product, quantity, at };
      if (++open.position === open.path.length) attendance.left(open.person, at);
      else seconds[(second + think(random)) % seconds.length]!.push(open);
      at = timeOf(++index);
    }
  }
}

/** Seconds between two steps of a session. */
export function think(random: Random): number {
  return thinkMin + Math.floor((thinkMax - thinkMin) * random.float() ** 2);
}

/** A visit of one person begins. */
export function arrive(random: Random, seed: number, site: Site, person: number): Open {
  const visitor = visitorNumber(seed, person);
  const searched = random.chance(0.55);
  const session: Session = {
    id: random.uuid(),
    visitor,
    referrer: searched ? site.referrers[site.popularity.referrers.next(random)] : undefined,
    landing: site.landings[site.popularity.landings.next(random)]!,
    origin: searched
      ? random.pick(['search', 'search', 'webAd', 'mobileAd'])
      : random.pick(['direct', 'direct', 'email']),
  };
  const product = popularProduct(random, site);
  const quantity = random.chance(0.75) ? 1 : 2 + random.below(3);
  return { session, person, path: makePath(random), position: 0, product, quantity };
}

export function popularProduct(random: Random, site: Site): Product {
  return site.products[site.popularity.products.next(random)]!;
}

function makePath(random: Random): StepKind[] {
  const path: StepKind[] = ['visit'];
  if (!random.chance(goesOn.view)) return path;
  do path.push('view');
  while (random.chance(goesOn.viewAgain));
  if (!random.chance(goesOn.interest)) return path;
  path.push(random.chance(0.6) ? 'list' : 'like');
  if (!random.chance(goesOn.cart)) return path;
  path.push('cart');
  if (random.chance(goesOn.purchase)) path.push('purchase');
  else if (random.chance(goesOn.remove)) path.push('remove');
  return path;
}

/** A visitor is made from the number alone, so that millions of them need no memory. */
function visitorNumber(seed: number, person: number): Visitor {
  const random = new Random(seed, `visitor ${person}`);
  const octets = [11 + random.below(89), random.below(256), random.below(256), 1 + random.below(254)];
  return {
    userId: `user-${random.uuid().slice(0, 8)}-${person}`,
    ip: octets.join('.'),
    browser: random.chance(0.98) ? random.pick(browsers) : undefined,
    country: countries[Math.floor(countries.length * random.float() ** 2)]!,
    gender: random.chance(0.52) ? 'F' : 'M',
  };
}

/** Bounds the memory of who was here; beyond it, a visitor may have two sessions at a time. */
const populationMax = 2_000_000;

/** Who is here, and who was not long ago. */
class Attendance {
  readonly #lastSeen = new Map<number, number>();
  #population: number;

  constructor(population: number) {
    this.#population = Math.min(population, populationMax);
  }

  /** Somebody who has been away for long enough, or a newcomer; a few come far more often than others. */
  arrival(random: Random, at: number): number {
    const person = this.#rested(random, at) ?? this.#newcomer(random);
    this.#lastSeen.set(person, Number.POSITIVE_INFINITY);
    return person;
  }

  left(person: number, at: number): void {
    this.#lastSeen.set(person, at);
  }

  #rested(random: Random, at: number): number | undefined {
    for (let tries = 0; tries < 8; tries++) {
      const person = Math.floor(this.#population * random.float() ** 2);
      if (at - (this.#lastSeen.get(person) ?? Number.NEGATIVE_INFINITY) >= idleMs) return person;
    }
    return undefined;
  }

  #newcomer(random: Random): number {
    return this.#population < populationMax ? this.#population++ : random.below(populationMax);
  }
}
