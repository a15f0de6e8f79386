/** Ctrl-C and SIGTERM: asked once, a command ends in good order; asked again, at once. */

/** Calls `stop` at the first signal. Returns a function that gives the signals free again. */
export function onInterrupt(stop: () => void): () => void {
  let firstAt: number | undefined;
  const heard = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      stop();
    } else if (performance.now() - firstAt > 500) {
      // One Ctrl-C arrives twice under npm: from the terminal, and passed on by npm.
      process.exit(130);
    }
  };
  for (const signal of signals) process.on(signal, heard);
  return () => {
    for (const signal of signals) process.off(signal, heard);
  };
}

const signals = ['SIGINT', 'SIGTERM'] as const;
