/** The account that the endpoint pretends to be: names of things as AWS writes them. */

export const region = 'us-east-1';
export const account = '000000000000';

/** `arn('kinesis', 'stream/firn-events')` */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}
