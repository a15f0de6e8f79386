/**
 * Sends a story by Segment's library for Node, told line by line on standard input: a call and its arguments as JSON,
 * `["track", {…}]`. `["flush"]` sends what waits. Answers `ok` to each line when it is done.
 */
import { createInterface } from 'node:readline';
import { Analytics } from '@segment/analytics-node';

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 5, flushInterval: 200, maxRetries: 20 });
analytics.on('error', (error) => console.error(error));

for await (const line of createInterface(process.stdin)) {
  const [call, argument] = JSON.parse(line);
  if (call === 'close') await analytics.closeAndFlush();
  else analytics[call](argument);
  console.log('ok');
}
