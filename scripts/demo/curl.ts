/** One event by curl: the same request that the README shows. */
import { localStream } from '../../lake/settings.ts';
import { writeKey } from '../serve.ts';

const event = {
  event_id: 'hello-1',
  user_id: 'ada',
  session_id: 's-1',
  event: 'visit',
  ip: '203.0.113.7',
  hostname: 'shop.example',
  timestamp: '2026-01-15T09:30:00Z',
  uri: '/shoes?color=red',
};

/** The lines of a shell command that sends one event to the lakehouse at `url`. */
export function curlLines(url: string): string[] {
  return [
    `curl -X PUT ${url}/v1/streams/${localStream}/record \\`,
    `  -H 'content-type: application/json' -H 'x-api-key: ${writeKey()}' \\`,
    `  -d '${JSON.stringify({ PartitionKey: event.user_id, Data: event })}'`,
  ];
}
