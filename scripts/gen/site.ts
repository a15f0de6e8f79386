/** What the visitors find and bring along: a shop with pages and products, made by faker once per run. */
import { faker } from '@faker-js/faker/locale/en';
import { Random, Zipf } from './random.ts';

export interface Product {
  id: string;
  /** Its name in an address: `frozen-ceramic-bacon`. */
  slug: string;
  kind: string;
  /** With two decimals. */
  price: number;
}

export interface Site {
  hostname: string;
  /** Most popular first. */
  products: readonly Product[];
  /** Where a visit may start; most popular first. */
  landings: readonly string[];
  /** Other sites that link here; the busiest first. */
  referrers: readonly string[];
  popularity: { products: Zipf; landings: Zipf; referrers: Zipf };
}

export const productKinds = ['shoes', 'bags', 'cosmetics', 'apparel'] as const;

const searchEngines = ['https://www.google.com/', 'https://www.bing.com/', 'https://duckduckgo.com/'];

export function makeSite(seed: number): Site {
  // One shared faker is safe here: everything is drawn before anybody else can draw.
  faker.seed(seed);
  const random = new Random(seed, 'site');
  const products = Array.from(
    { length: 200 },
    (_, n): Product => ({
      id: `product-${String(n + 1).padStart(4, '0')}`,
      slug: faker.helpers.slugify(faker.commerce.productName()).toLowerCase(),
      kind: random.pick(productKinds),
      price: Math.round(500 + 29_500 * random.float() ** 2) / 100,
    }),
  );
  const landings = ['/', ...productKinds.map((kind) => `/${kind}`), '/sale', '/new'];
  for (let n = 0; n < 20; n++) landings.push(`/blog/${faker.lorem.slug(3)}`);
  const referrers = [...searchEngines];
  for (let n = 0; n < 30; n++) referrers.push(`https://${faker.internet.domainName()}/`);
  return {
    hostname: `www.${faker.internet.domainName()}`,
    products,
    landings,
    referrers,
    popularity: {
      products: new Zipf(products.length),
      landings: new Zipf(landings.length),
      referrers: new Zipf(referrers.length),
    },
  };
}
