// Made by `npm run schemas` from schemas/*.avsc and schemas/history/. Do not edit.
import type { Published } from '../lake/avro.ts';
import { parseContract } from '../lake/contract.ts';
import type { Contract } from '../lake/types.ts';

/** Microseconds since 1970, UTC. */
export type Micros = number;
/** A number as text, where a JSON number would not hold it. */
export type NumericText = string;

/** An application's event: a customer did something to a product. */
export interface AppEvent {
  /** The producer's own id of the event; made from the record's position where it sends none. */
  event_id: string;
  /** When the record arrived at the stream, UTC. */
  received_at: Micros;
  /** Who: a customer's id. */
  customer_id: string;
  /** The customer's address. */
  ip_address?: string;
  /** The customer's country. */
  country_code?: string;
  /** The customer's gender, as the application spells it. */
  gender?: string;
  /** What brought the customer: webAd, mobileAd, search, direct, email. */
  traffic_origin?: string;
  /** What was done, to which product. */
  event: {
    /** search, viewDetail, addToCart, checkout, addToWishlist, removeFromCart. */
    type: string;
    /** The product's kind. */
    product?: string;
    /** What it is worth, in the application's currency. */
    amount?: NumericText;
  };
}

/** A message of Segment's spec, or an event of another tracker brought into its terms: who did what, where and when. */
export interface Clickstream {
  /** The message's own id, messageId; made from the request's id where it has none. */
  event_id: string;
  /** When the record arrived at the stream, UTC. */
  received_at: Micros;
  /** The call: identify, track, page, screen, group, alias. */
  type: string;
  /** What happened, of a track call. */
  event?: string;
  /** The page or the screen, by name. */
  name?: string;
  /** The page's category. */
  category?: string;
  /** Who, once that is known. One of user_id and anonymous_id is there. */
  user_id?: string;
  /** Who, as the browser or the device knows it. */
  anonymous_id?: string;
  /** The former id, of an alias call. */
  previous_id?: string;
  /** The group or the account. */
  group_id?: string;
  /** The visit, where the client tells it. */
  session_id?: string;
  /** When it happened, UTC, set right by the client's clock: arrival - (sent_at - original_timestamp). */
  timestamp: Micros;
  /** When it happened, by the client's clock. */
  original_timestamp?: Micros;
  /** When it was sent, by the client's clock. */
  sent_at?: Micros;
  /** What the call tells of the event, the page or the screen, as JSON text. */
  properties?: string;
  /** What the call tells of the user or the group, as JSON text. */
  traits?: string;
  /** What the tracker tells of itself and its surroundings, as JSON text, without the address and the user agent. */
  context?: string;
  /** Where the client wants the call to go, as JSON text. */
  integrations?: string;
  /** Name of the write key. */
  source?: string;
  /** The tracker. */
  library?: string;
  /** The tracker's version. */
  library_version?: string;
  /** The network that the client is in. */
  ip?: string;
  /** The browser, in its own words. */
  user_agent?: string;
  /** The client's language and region. */
  locale?: string;
  /** The page, as the client tells it. */
  url?: string;
  /** The page's title. */
  title?: string;
  /** The page before, as the client tells it. */
  referrer?: string;
  /** The site, of url. */
  host?: string;
  /** The page, of url, without its query. */
  path?: string;
  /** The query parameters of url that are on the list. */
  query?: string;
  /** The site before, of referrer. */
  referrer_host?: string;
  /** What brought the visitor: direct, organic_search, paid_search, … (docs/enrichment.md). */
  channel?: string;
  /** The campaign's source. */
  utm_source?: string;
  /** The campaign's medium. */
  utm_medium?: string;
  /** The campaign. */
  utm_campaign?: string;
  /** The campaign's search term. */
  utm_term?: string;
  /** The campaign's variant. */
  utm_content?: string;
  /** The browser, of user_agent. */
  browser?: string;
  /** The browser's version. */
  browser_version?: string;
  /** The operating system, of user_agent. */
  os?: string;
  /** The operating system's version. */
  os_version?: string;
  /** desktop, mobile, tablet, tv, console, wearable, embedded or bot. */
  device_class?: string;
  /** Whether the user agent says that it is a program. */
  is_bot?: boolean;
  /** The client's country, two letters. */
  country?: string;
}

/** A shop's event: a page was viewed, a product put into the cart or bought. */
export interface EcommerceEvent {
  /** The producer's own id of the event; made from the record's position where it sends none. */
  event_id: string;
  /** When the record arrived at the stream, UTC. */
  received_at: Micros;
  /** page_view, add_to_cart, purchase, or a name of your own. */
  event_type: string;
  /** Who: a shopper's id. */
  user_id: string;
  /** The product, where the event is about one. */
  product_id?: string;
  /** When it happened, UTC. A JSON number counts seconds since 1970; decimals are welcome. */
  timestamp: Micros;
  /** The visit that the event belongs to. */
  session_id?: string;
  /** Price of one piece, in the shop's currency. */
  price?: NumericText;
  /** How many pieces. */
  quantity?: number;
  /** The browser, in its own words. */
  user_agent?: string;
  /** The page's whole address. */
  page_url?: string;
  /** The shopper's address. */
  ip_address?: string;
}

/** Events that became no row, each with the reason: the lakehouse writes this table, producers cannot. */
export interface Rejected {
  /** The event's id, where one could be read; else made from the record's position. */
  event_id: string;
  /** When the record arrived at the stream, UTC. */
  received_at: Micros;
  /** The table that the event was meant for, where that is known. */
  table_name?: string;
  /** The kind of fault, one of a closed list. */
  code: string;
  /** What was wrong and what was expected; never the value itself. */
  reason: string;
  /** The field at fault, where it is one field's. */
  field?: string;
  /** The event as it came, cut to 64 KiB. */
  raw?: string;
  /** utf8, or base64 where the bytes are no text. */
  raw_encoding: string;
  /** Bytes of the whole event. */
  raw_length: number | NumericText;
  /** SHA-256 of the whole event, hexadecimal. */
  raw_sha256: string;
  /** The stream that carried the record. */
  stream?: string;
  /** The shard that carried the record. */
  shard_id?: string;
  /** The record's place in the shard. */
  sequence_number?: string;
}

/** One line of a web site's log: a visitor did something on a page. */
export interface WebLog {
  /** The producer's own id of the event; made from the record's position where it sends none. */
  event_id: string;
  /** When the record arrived at the stream, UTC. */
  received_at: Micros;
  /** Who: a visitor's id. */
  user_id: string;
  /** The visit that the event belongs to. */
  session_id: string;
  /** What happened: visit, view, list, like, cart, purchase, or a name of your own. */
  event: string;
  /** The page that the visitor came from. */
  referrer?: string;
  /** The browser, in its own words. */
  user_agent?: string;
  /** The visitor's address. */
  ip: string;
  /** The site. */
  hostname: string;
  /** The visitor's operating system. */
  os?: string;
  /** When it happened, UTC. */
  timestamp: Micros;
  /** The page, as a path with its query string. */
  uri: string;
}

/** Hash of the files that this one was made from. */
export const hash = 'ed30387f06dd813109c3f2fdd0e247e9a38aa403fd27d2d8cc4564601c592827';

const schemas = [
  {"type":"record","name":"app_event","doc":"An application's event: a customer did something to a product.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"aliases":["eventId"],"doc":"The producer's own id of the event; made from the record's position where it sends none.","generate":"string.uuid"},{"name":"customer_id","type":"string","field-id":3,"aliases":["customerId"],"doc":"Who: a customer's id."},{"name":"ip_address","type":["null","string"],"default":null,"field-id":4,"aliases":["ipAddress"],"pii":true,"doc":"The customer's address.","generate":"internet.ipv4"},{"name":"country_code","type":["null","string"],"default":null,"field-id":5,"aliases":["countryCode"],"doc":"The customer's country."},{"name":"gender","type":["null","string"],"default":null,"field-id":6,"doc":"The customer's gender, as the application spells it."},{"name":"traffic_origin","type":["null","string"],"default":null,"field-id":7,"aliases":["trafficOrigin"],"doc":"What brought the customer: webAd, mobileAd, search, direct, email."},{"name":"event","type":{"type":"record","name":"app_event_detail","fields":[{"name":"type","type":"string","field-id":9,"doc":"search, viewDetail, addToCart, checkout, addToWishlist, removeFromCart."},{"name":"product","type":["null","string"],"default":null,"field-id":10,"doc":"The product's kind."},{"name":"amount","type":["null",{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}],"default":null,"field-id":11,"doc":"What it is worth, in the application's currency."}]},"field-id":8,"doc":"What was done, to which product."}],"iceberg":{"partition-spec":[{"source":"received_at","transform":"day"}],"sort-order":[{"source":"received_at"}]},"write":"append"},
  {"type":"record","name":"clickstream","doc":"A message of Segment's spec, or an event of another tracker brought into its terms: who did what, where and when.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"aliases":["messageId"],"doc":"The message's own id, messageId; made from the request's id where it has none.","generate":"string.uuid"},{"name":"type","type":"string","field-id":3,"doc":"The call: identify, track, page, screen, group, alias.","generate":"oneOf(track, page)"},{"name":"event","type":["null","string"],"default":null,"field-id":4,"doc":"What happened, of a track call."},{"name":"name","type":["null","string"],"default":null,"field-id":5,"doc":"The page or the screen, by name."},{"name":"category","type":["null","string"],"default":null,"field-id":6,"doc":"The page's category."},{"name":"user_id","type":["null","string"],"default":null,"field-id":7,"doc":"Who, once that is known. One of user_id and anonymous_id is there."},{"name":"anonymous_id","type":["null","string"],"default":null,"field-id":8,"doc":"Who, as the browser or the device knows it.","generate":"string.uuid"},{"name":"previous_id","type":["null","string"],"default":null,"field-id":9,"doc":"The former id, of an alias call."},{"name":"group_id","type":["null","string"],"default":null,"field-id":10,"doc":"The group or the account."},{"name":"session_id","type":["null","string"],"default":null,"field-id":11,"doc":"The visit, where the client tells it."},{"name":"timestamp","type":{"type":"long","logicalType":"timestamp-micros"},"epoch":"us","field-id":12,"doc":"When it happened, UTC, set right by the client's clock: arrival - (sent_at - original_timestamp)."},{"name":"original_timestamp","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"default":null,"epoch":"us","field-id":13,"doc":"When it happened, by the client's clock."},{"name":"sent_at","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"default":null,"epoch":"us","field-id":14,"doc":"When it was sent, by the client's clock."},{"name":"properties","type":["null","string"],"default":null,"field-id":15,"doc":"What the call tells of the event, the page or the screen, as JSON text."},{"name":"traits","type":["null","string"],"default":null,"field-id":16,"pii":true,"doc":"What the call tells of the user or the group, as JSON text."},{"name":"context","type":["null","string"],"default":null,"field-id":17,"pii":true,"doc":"What the tracker tells of itself and its surroundings, as JSON text, without the address and the user agent."},{"name":"integrations","type":["null","string"],"default":null,"field-id":18,"doc":"Where the client wants the call to go, as JSON text."},{"name":"source","type":["null","string"],"default":null,"field-id":19,"doc":"Name of the write key."},{"name":"library","type":["null","string"],"default":null,"field-id":20,"doc":"The tracker."},{"name":"library_version","type":["null","string"],"default":null,"field-id":21,"doc":"The tracker's version."},{"name":"ip","type":["null","string"],"default":null,"field-id":22,"pii":{"rule":"truncate"},"doc":"The network that the client is in.","generate":"internet.ipv4"},{"name":"user_agent","type":["null","string"],"default":null,"field-id":23,"doc":"The browser, in its own words."},{"name":"locale","type":["null","string"],"default":null,"field-id":24,"doc":"The client's language and region."},{"name":"url","type":["null","string"],"default":null,"field-id":25,"pii":true,"doc":"The page, as the client tells it."},{"name":"title","type":["null","string"],"default":null,"field-id":26,"doc":"The page's title."},{"name":"referrer","type":["null","string"],"default":null,"field-id":27,"pii":true,"doc":"The page before, as the client tells it."},{"name":"host","type":["null","string"],"default":null,"field-id":28,"doc":"The site, of url."},{"name":"path","type":["null","string"],"default":null,"field-id":29,"doc":"The page, of url, without its query."},{"name":"query","type":["null","string"],"default":null,"field-id":30,"doc":"The query parameters of url that are on the list."},{"name":"referrer_host","type":["null","string"],"default":null,"field-id":31,"doc":"The site before, of referrer."},{"name":"channel","type":["null","string"],"default":null,"field-id":32,"doc":"What brought the visitor: direct, organic_search, paid_search, … (docs/enrichment.md)."},{"name":"utm_source","type":["null","string"],"default":null,"field-id":33,"doc":"The campaign's source."},{"name":"utm_medium","type":["null","string"],"default":null,"field-id":34,"doc":"The campaign's medium."},{"name":"utm_campaign","type":["null","string"],"default":null,"field-id":35,"doc":"The campaign."},{"name":"utm_term","type":["null","string"],"default":null,"field-id":36,"doc":"The campaign's search term."},{"name":"utm_content","type":["null","string"],"default":null,"field-id":37,"doc":"The campaign's variant."},{"name":"browser","type":["null","string"],"default":null,"field-id":38,"doc":"The browser, of user_agent."},{"name":"browser_version","type":["null","string"],"default":null,"field-id":39,"doc":"The browser's version."},{"name":"os","type":["null","string"],"default":null,"field-id":40,"doc":"The operating system, of user_agent."},{"name":"os_version","type":["null","string"],"default":null,"field-id":41,"doc":"The operating system's version."},{"name":"device_class","type":["null","string"],"default":null,"field-id":42,"doc":"desktop, mobile, tablet, tv, console, wearable, embedded or bot."},{"name":"is_bot","type":["null","boolean"],"default":null,"field-id":43,"doc":"Whether the user agent says that it is a program."},{"name":"country","type":["null","string"],"default":null,"field-id":44,"doc":"The client's country, two letters.","generate":"location.countryCode"}],"iceberg":{"partition-spec":[{"source":"received_at","transform":"day"},{"source":"type","transform":"identity"}],"sort-order":[{"source":"timestamp"}]},"write":"append"},
  {"type":"record","name":"ecommerce_event","doc":"A shop's event: a page was viewed, a product put into the cart or bought.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"doc":"The producer's own id of the event; made from the record's position where it sends none.","generate":"string.uuid"},{"name":"event_type","type":"string","field-id":3,"doc":"page_view, add_to_cart, purchase, or a name of your own."},{"name":"user_id","type":"string","field-id":4,"doc":"Who: a shopper's id."},{"name":"product_id","type":["null","string"],"default":null,"field-id":5,"doc":"The product, where the event is about one."},{"name":"timestamp","type":{"type":"long","logicalType":"timestamp-micros"},"epoch":"s","field-id":6,"doc":"When it happened, UTC. A JSON number counts seconds since 1970; decimals are welcome."},{"name":"session_id","type":["null","string"],"default":null,"field-id":7,"doc":"The visit that the event belongs to."},{"name":"price","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}],"default":null,"field-id":8,"doc":"Price of one piece, in the shop's currency."},{"name":"quantity","type":["null","int"],"default":null,"field-id":9,"doc":"How many pieces."},{"name":"user_agent","type":["null","string"],"default":null,"field-id":10,"doc":"The browser, in its own words."},{"name":"page_url","type":["null","string"],"default":null,"field-id":11,"doc":"The page's whole address."},{"name":"ip_address","type":["null","string"],"default":null,"field-id":12,"pii":true,"doc":"The shopper's address.","generate":"internet.ipv4"}],"iceberg":{"partition-spec":[{"source":"timestamp","transform":"day"}],"sort-order":[{"source":"timestamp"}]},"write":"append"},
  {"type":"record","name":"rejected","doc":"Events that became no row, each with the reason: the lakehouse writes this table, producers cannot.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"doc":"The event's id, where one could be read; else made from the record's position."},{"name":"table_name","type":["null","string"],"default":null,"field-id":3,"doc":"The table that the event was meant for, where that is known."},{"name":"code","type":"string","field-id":4,"doc":"The kind of fault, one of a closed list."},{"name":"reason","type":"string","field-id":5,"doc":"What was wrong and what was expected; never the value itself."},{"name":"field","type":["null","string"],"default":null,"field-id":6,"doc":"The field at fault, where it is one field's."},{"name":"raw","type":["null","string"],"default":null,"field-id":7,"pii":true,"doc":"The event as it came, cut to 64 KiB."},{"name":"raw_encoding","type":"string","field-id":8,"doc":"utf8, or base64 where the bytes are no text."},{"name":"raw_length","type":"long","field-id":9,"doc":"Bytes of the whole event."},{"name":"raw_sha256","type":"string","field-id":10,"pii":true,"doc":"SHA-256 of the whole event, hexadecimal."},{"name":"stream","type":["null","string"],"default":null,"field-id":11,"doc":"The stream that carried the record."},{"name":"shard_id","type":["null","string"],"default":null,"field-id":12,"doc":"The shard that carried the record."},{"name":"sequence_number","type":["null","string"],"default":null,"field-id":13,"doc":"The record's place in the shard."}],"iceberg":{"partition-spec":[{"source":"received_at","transform":"day"}],"sort-order":[{"source":"received_at"}]},"write":"append","internal":true},
  {"type":"record","name":"web_log","doc":"One line of a web site's log: a visitor did something on a page.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"doc":"The producer's own id of the event; made from the record's position where it sends none.","generate":"string.uuid"},{"name":"user_id","type":"string","field-id":3,"doc":"Who: a visitor's id."},{"name":"session_id","type":"string","field-id":4,"doc":"The visit that the event belongs to."},{"name":"event","type":"string","field-id":5,"doc":"What happened: visit, view, list, like, cart, purchase, or a name of your own."},{"name":"referrer","type":["null","string"],"default":null,"field-id":6,"doc":"The page that the visitor came from."},{"name":"user_agent","type":["null","string"],"default":null,"field-id":7,"doc":"The browser, in its own words."},{"name":"ip","type":"string","field-id":8,"pii":true,"doc":"The visitor's address.","generate":"internet.ipv4"},{"name":"hostname","type":"string","field-id":9,"doc":"The site."},{"name":"os","type":["null","string"],"default":null,"field-id":10,"doc":"The visitor's operating system."},{"name":"timestamp","type":{"type":"long","logicalType":"timestamp-micros"},"field-id":11,"doc":"When it happened, UTC."},{"name":"uri","type":"string","field-id":12,"doc":"The page, as a path with its query string."}],"iceberg":{"partition-spec":[{"source":"event","transform":"identity"},{"source":"timestamp","transform":"day"}],"sort-order":[{"source":"timestamp"}]},"write":"append"},
];

/** Schemas that were published once and have been followed by others since. */
const former: Published[] = [
];

/** Every table, by name. */
export const contracts: ReadonlyMap<string, Contract> = new Map(
  schemas.map((schema) => {
    const contract = parseContract(schema, `schemas/${schema.name}.avsc`);
    return [contract.table, contract];
  }),
);

/** Every schema that a producer may still write with. */
export const published: readonly Published[] = [
  ...[...contracts.values()].map(({ table, fingerprint, avro }) => ({ table, fingerprint, avro })),
  ...former,
];
