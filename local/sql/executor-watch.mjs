// Looks at the memory of the process that runs queries, in a thread of its own: the main one may be busy for seconds.
// `workerData`: most bytes. A message tells whether there is anything to look at.
import { parentPort, workerData } from 'node:worker_threads';

let timer;

function look() {
  if (process.memoryUsage.rss() > workerData) process.kill(process.pid, 'SIGKILL');
}

parentPort.on('message', (isOn) => {
  clearInterval(timer);
  // A function may fill a gigabyte within a second.
  if (isOn) timer = setInterval(look, 20);
});
