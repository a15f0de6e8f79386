/** What a person sees while events are sent. */
import type { Answer } from './gateway.ts';
import type { Summary } from './sender.ts';

/** Up to so many events, each call prints a line. */
export const fewEvents = 20;

const barWidth = 30;

/** One answer, as `[200 OK] {"FailedRecordCount":0,…}`. */
export function answerLine({ status, statusText, body }: Answer): string {
  return `[${status} ${statusText}] ${body.trim()}`;
}

/** The last line of a run; `sent` is always `accepted` plus `failed`. */
export function summaryLine({ sent, accepted, failed }: Summary): string {
  return `sent ${sent}, accepted ${accepted}, failed ${failed}`;
}

/** How far we are: a bar if the total is known, and the rate since the start. */
export function progressLine(summary: Summary, total: number, elapsedMs: number): string {
  const done = summary.accepted + summary.failed;
  const rate = elapsedMs > 0 ? Math.round((done / elapsedMs) * 1000) : 0;
  const numbers = `${done.toLocaleString('en')} events, ${rate.toLocaleString('en')}/s`;
  const again = summary.retried > 0 ? `, ${summary.retried.toLocaleString('en')} sent again` : '';
  if (!Number.isFinite(total)) return numbers + again;
  const filled = Math.round((done / total) * barWidth);
  const bar = '#'.repeat(filled) + '.'.repeat(barWidth - filled);
  return `[${bar}] ${Math.floor((done / total) * 100)}%  ${numbers}${again}`;
}

/** Shows progress on stderr until `stop`: a bar in a terminal, elsewhere a line every five seconds. */
export function showProgress(summary: Summary, total: number): { stop(): void } {
  const { stderr } = process;
  const startedAt = performance.now();
  const line = (): string => progressLine(summary, total, performance.now() - startedAt);
  const draw = stderr.isTTY ? () => stderr.write(`\r${line()}\x1b[K`) : () => stderr.write(`${line()}\n`);
  const timer = setInterval(draw, stderr.isTTY ? 100 : 5_000);
  return {
    stop() {
      clearInterval(timer);
      draw();
      if (stderr.isTTY) stderr.write('\n');
    },
  };
}
