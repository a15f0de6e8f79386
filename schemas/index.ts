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
export const hash = '54f681882bd8930b1a39965aa55b63d17ac9748523ad8289ca36fe5eba5e68b2';

const schemas = [
  {"type":"record","name":"app_event","doc":"An application's event: a customer did something to a product.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"aliases":["eventId"],"doc":"The producer's own id of the event; made from the record's position where it sends none.","generate":"string.uuid"},{"name":"customer_id","type":"string","field-id":3,"aliases":["customerId"],"doc":"Who: a customer's id."},{"name":"ip_address","type":["null","string"],"default":null,"field-id":4,"aliases":["ipAddress"],"pii":true,"doc":"The customer's address.","generate":"internet.ipv4"},{"name":"country_code","type":["null","string"],"default":null,"field-id":5,"aliases":["countryCode"],"doc":"The customer's country."},{"name":"gender","type":["null","string"],"default":null,"field-id":6,"doc":"The customer's gender, as the application spells it."},{"name":"traffic_origin","type":["null","string"],"default":null,"field-id":7,"aliases":["trafficOrigin"],"doc":"What brought the customer: webAd, mobileAd, search, direct, email."},{"name":"event","type":{"type":"record","name":"app_event_detail","fields":[{"name":"type","type":"string","field-id":9,"doc":"search, viewDetail, addToCart, checkout, addToWishlist, removeFromCart."},{"name":"product","type":["null","string"],"default":null,"field-id":10,"doc":"The product's kind."},{"name":"amount","type":["null",{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}],"default":null,"field-id":11,"doc":"What it is worth, in the application's currency."}]},"field-id":8,"doc":"What was done, to which product."}],"iceberg":{"partition-spec":[{"source":"received_at","transform":"day"}],"sort-order":[{"source":"received_at"}]},"write":"append"},
  {"type":"record","name":"ecommerce_event","doc":"A shop's event: a page was viewed, a product put into the cart or bought.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"doc":"The producer's own id of the event; made from the record's position where it sends none.","generate":"string.uuid"},{"name":"event_type","type":"string","field-id":3,"doc":"page_view, add_to_cart, purchase, or a name of your own."},{"name":"user_id","type":"string","field-id":4,"doc":"Who: a shopper's id."},{"name":"product_id","type":["null","string"],"default":null,"field-id":5,"doc":"The product, where the event is about one."},{"name":"timestamp","type":{"type":"long","logicalType":"timestamp-micros"},"epoch":"s","field-id":6,"doc":"When it happened, UTC. A JSON number counts seconds since 1970; decimals are welcome."},{"name":"session_id","type":["null","string"],"default":null,"field-id":7,"doc":"The visit that the event belongs to."},{"name":"price","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}],"default":null,"field-id":8,"doc":"Price of one piece, in the shop's currency."},{"name":"quantity","type":["null","int"],"default":null,"field-id":9,"doc":"How many pieces."},{"name":"user_agent","type":["null","string"],"default":null,"field-id":10,"doc":"The browser, in its own words."},{"name":"page_url","type":["null","string"],"default":null,"field-id":11,"doc":"The page's whole address."},{"name":"ip_address","type":["null","string"],"default":null,"field-id":12,"pii":true,"doc":"The shopper's address.","generate":"internet.ipv4"}],"iceberg":{"partition-spec":[{"source":"timestamp","transform":"day"}],"sort-order":[{"source":"timestamp"}]},"write":"append"},
  {"type":"record","name":"rejected","doc":"Events that became no row, each with the reason: the lakehouse writes this table, producers cannot.","fields":[{"name":"event_id","type":["null","string"],"default":null,"field-id":1,"doc":"The event's id, where one could be read; else made from the record's position."},{"name":"table_name","type":["null","string"],"default":null,"field-id":3,"doc":"The table that the event was meant for, where that is known."},{"name":"code","type":"string","field-id":4,"doc":"The kind of fault, one of a closed list."},{"name":"reason","type":"string","field-id":5,"doc":"What was wrong and what was expected; never the value itself."},{"name":"field","type":["null","string"],"default":null,"field-id":6,"doc":"The field at fault, where it is one field's."},{"name":"raw","type":["null","string"],"default":null,"field-id":7,"pii":true,"doc":"The event as it came, cut to 64 KiB."},{"name":"raw_encoding","type":"string","field-id":8,"doc":"utf8, or base64 where the bytes are no text."},{"name":"raw_length","type":"long","field-id":9,"doc":"Bytes of the whole event."},{"name":"raw_sha256","type":"string","field-id":10,"doc":"SHA-256 of the whole event, hexadecimal."},{"name":"stream","type":["null","string"],"default":null,"field-id":11,"doc":"The stream that carried the record."},{"name":"shard_id","type":["null","string"],"default":null,"field-id":12,"doc":"The shard that carried the record."},{"name":"sequence_number","type":["null","string"],"default":null,"field-id":13,"doc":"The record's place in the shard."}],"iceberg":{"partition-spec":[{"source":"received_at","transform":"day"}],"sort-order":[{"source":"received_at"}]},"write":"append","internal":true},
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
