/**
 * What a visitor's tracker tells of a step, as Segment's specification has it for pages, screens and shops
 * (Segment, "Spec: V2 Ecommerce Events").
 */
import { Random } from './random.ts';
import type { Members } from './rows.ts';
import type { Session, Step } from './sessions.ts';
import type { Product } from './site.ts';

/** A message without its id and time. */
export interface TimedMessage {
  /** Milliseconds since 1970. */
  at: number;
  message: Members;
}

/** The share of visitors who have an account, and log in when they put something into the cart. */
const members = 0.6;
/** The share of looks at a product that lead through the page of its kind. */
const browsing = 0.35;
/** Milliseconds between the messages of one step. */
const apartMs = 900;

const currency = 'USD';
const titles: Readonly<Record<string, string>> = { '/': 'Home', '/cart': 'Cart', '/checkout': 'Checkout' };

export class Messages {
  readonly #random: Random;
  /** Sessions whose visitor has logged in. */
  readonly #known = new WeakSet<Session>();
  /** Where each session came from: the same for all of its pages. */
  readonly #campaigns = new WeakMap<Session, Campaign | undefined>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The messages of a step, one after the other; the first at the time of the step. */
  of(step: Step): TimedMessage[] {
    const parts = this.#parts(step);
    return parts.map((message, i) => ({
      at: step.at + i * apartMs,
      message: { ...message, ...this.#ids(step), context: this.#context(step, message) },
    }));
  }

  #parts(step: Step): Members[] {
    const { product, quantity } = step;
    switch (step.kind) {
      case 'visit':
        return [this.#view(step)];
      case 'view':
        return [
          ...(this.#random.chance(browsing) ? [this.#view(step, `/${product.kind}`)] : []),
          this.#view(step),
          track('Product Viewed', productOf(product)),
        ];
      case 'list':
        return [track('Product Added to Wishlist', productOf(product))];
      case 'like':
        return [track('Product Shared', { ...productOf(product), share_via: 'link' })];
      case 'cart':
        return [
          ...this.#login(step),
          track('Product Added', { ...productOf(product), quantity }),
          this.#view(step),
        ];
      case 'remove':
        return [track('Product Removed', { ...productOf(product), quantity })];
      case 'purchase':
        return [this.#view(step), ...this.#order(step)];
    }
  }

  /** A page of the site; a screen, where the visitor has the application, which no browser tells of. */
  #view(step: Step, path = pathOf(step)): Members {
    const title = titles[path] ?? (path === pathOf(step) && step.kind === 'view' ? step.product.slug : path);
    if (step.session.visitor.browser === undefined)
      return { type: 'screen', name: screenOf(path), properties: {} };
    return { type: 'page', name: title, properties: { title, ...this.#page(step, path) } };
  }

  #login({ session }: Step): Members[] {
    const { userId, country, gender } = session.visitor;
    if (this.#known.has(session) || !isMember(userId)) return [];
    this.#known.add(session);
    return [{ type: 'identify', traits: { country: isoCountry(country), gender } }];
  }

  #order({ product, quantity }: Step): Members[] {
    const total = Math.round(product.price * quantity * 100) / 100;
    const order = { order_id: this.#random.uuid().slice(0, 8), currency };
    const products = [{ ...productOf(product), quantity }];
    return [
      track('Checkout Started', { ...order, value: total, products }),
      track('Order Completed', { ...order, total, revenue: total, products }),
    ];
  }

  #ids({ session }: Step): Members {
    const { userId } = session.visitor;
    const anonymousId = new Random(0, `anonymous ${userId}`).uuid();
    return this.#known.has(session) ? { userId, anonymousId } : { anonymousId };
  }

  #context(step: Step, { properties }: Members): Members {
    const { visitor } = step.session;
    const country = isoCountry(visitor.country);
    const common = { ip: visitor.ip, locale: `en-${country}`, location: { country } };
    if (visitor.browser === undefined) {
      return {
        ...common,
        library: { name: 'analytics-swift', version: '1.6.0' },
        os: { name: 'iOS', version: '18.4' },
        device: { type: 'ios', manufacturer: 'Apple', model: 'iPhone17,3' },
      };
    }
    const campaign = step.position === 0 ? this.#campaign(step.session) : undefined;
    return {
      ...common,
      userAgent: visitor.browser.userAgent,
      library: { name: 'analytics.js', version: 'npm:next-1.81.0' },
      // A page view has told its page already.
      page: this.#page(step, (properties as Members | undefined)?.path as string | undefined),
      ...(campaign === undefined ? {} : { campaign }),
    };
  }

  #page(step: Step, path = pathOf(step)): Members {
    const origin = `https://${step.hostname}`;
    const campaign = step.position === 0 ? this.#campaign(step.session) : undefined;
    const search = campaign === undefined ? '' : `?${searchOf(campaign)}`;
    // A browser tells the page before; of the first page, the site that led here.
    const referrer = step.position === 0 ? (step.session.referrer ?? '') : `${origin}${step.session.landing}`;
    return { path, url: `${origin}${path}${search}`, search, referrer };
  }

  #campaign(session: Session): Campaign | undefined {
    if (!this.#campaigns.has(session)) this.#campaigns.set(session, campaignOf(session, this.#random));
    return this.#campaigns.get(session);
  }
}

interface Campaign {
  source: string;
  medium: string;
  name: string;
}

/** Advertisements and mails say where they are from, in the address that they lead to. */
function campaignOf({ origin }: Session, random: Random): Campaign | undefined {
  const name = random.pick(['spring-sale', 'new-arrivals', 'free-shipping']);
  if (origin === 'webAd') return { source: 'google', medium: 'cpc', name };
  if (origin === 'mobileAd') return { source: 'instagram', medium: 'paid-social', name };
  if (origin === 'email') return { source: 'newsletter', medium: 'email', name };
  return undefined;
}

function searchOf({ source, medium, name }: Campaign): string {
  return `utm_source=${source}&utm_medium=${medium}&utm_campaign=${name}`;
}

/** Decided by the id alone, so that it is the same in every session. */
function isMember(userId: string): boolean {
  let sum = 0;
  for (let i = 0; i < userId.length; i++) sum = (sum * 31 + userId.charCodeAt(i)) % 1000;
  return sum < members * 1000;
}

function track(event: string, properties: Members): Members {
  return { type: 'track', event, properties };
}

function productOf({ id, slug, kind, price }: Product): Members {
  return { product_id: id, name: slug, category: kind, price, currency };
}

function screenOf(path: string): string {
  return titles[path] ?? (path.startsWith('/products/') ? 'Product' : 'Home');
}

/** The two letters of ISO 3166-1 for a country as the application spells it. */
function isoCountry(country: string): string {
  return ({ UK: 'GB', AUS: 'AU' } as Record<string, string>)[country] ?? country;
}

function pathOf({ kind, session, product }: Step): string {
  switch (kind) {
    case 'visit':
      return session.landing;
    case 'cart':
    case 'remove':
      return '/cart';
    case 'purchase':
      return '/checkout';
    default:
      return `/products/${product.slug}`;
  }
}
