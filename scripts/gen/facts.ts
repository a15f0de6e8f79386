/**
 * How the shipped tables tell of a step: column (members of a struct with a dot) → value. Only what hangs
 * together is listed; any other column of these tables is made from the contract alone.
 *
 * Values are raw: times as ms since 1970, decimals as numbers. Undefined leaves an optional column out.
 */
import type { Step, StepKind } from './sessions.ts';

export type Fact = (step: Step) => unknown;

const pageEvents: Record<StepKind, string> = {
  visit: 'visit',
  view: 'view',
  list: 'list',
  like: 'like',
  cart: 'cart',
  remove: 'view',
  purchase: 'purchase',
};

const shopEvents: Record<StepKind, string> = {
  visit: 'page_view',
  view: 'page_view',
  list: 'page_view',
  like: 'page_view',
  cart: 'add_to_cart',
  remove: 'page_view',
  purchase: 'purchase',
};

const appEvents: Record<StepKind, string> = {
  visit: 'search',
  view: 'viewDetail',
  list: 'addToWishlist',
  like: 'addToWishlist',
  cart: 'addToCart',
  remove: 'removeFromCart',
  purchase: 'checkout',
};

export const factsOf: Readonly<Record<string, Readonly<Record<string, Fact>>>> = {
  web_log: {
    user_id: (step) => step.session.visitor.userId,
    session_id: (step) => step.session.id,
    event: (step) => pageEvents[step.kind],
    referrer: (step) => (step.position === 0 ? step.session.referrer : undefined),
    user_agent: (step) => step.session.visitor.browser?.userAgent,
    ip: (step) => step.session.visitor.ip,
    hostname: (step) => step.hostname,
    os: (step) => step.session.visitor.browser?.os,
    timestamp: (step) => step.at,
    uri,
  },
  ecommerce_event: {
    event_type: (step) => shopEvents[step.kind],
    user_id: (step) => step.session.visitor.userId,
    product_id: (step) => step.product.id,
    timestamp: (step) => step.at,
    session_id: (step) => step.session.id,
    price: (step) => step.product.price,
    quantity: (step) => (step.kind === 'cart' || step.kind === 'purchase' ? step.quantity : 1),
    user_agent: (step) => step.session.visitor.browser?.userAgent,
    page_url: (step) => `https://${step.hostname}${uri(step)}`,
    ip_address: (step) => step.session.visitor.ip,
  },
  app_event: {
    customer_id: (step) => step.session.visitor.userId,
    ip_address: (step) => step.session.visitor.ip,
    country_code: (step) => step.session.visitor.country,
    gender: (step) => step.session.visitor.gender,
    traffic_origin: (step) => step.session.origin,
    'event.type': (step) => appEvents[step.kind],
    'event.product': (step) => (step.kind === 'visit' ? '' : step.product.kind),
    'event.amount': (step) => Math.round(step.product.price),
  },
};

/** Tables whose events use the aliases of the contract (`customerId`), as the applications spell them. */
export const spelledByAlias: ReadonlySet<string> = new Set(['app_event']);

function uri(step: Step): string {
  switch (step.kind) {
    case 'visit':
      return step.session.landing;
    case 'view':
    case 'like':
      return `/products/${step.product.slug}`;
    case 'list':
      return `/wishlist?add=${step.product.id}`;
    case 'cart':
      return `/cart?add=${step.product.id}`;
    case 'remove':
      return '/cart';
    case 'purchase':
      return '/checkout/complete';
  }
}
