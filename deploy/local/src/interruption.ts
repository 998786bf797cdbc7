export interface Interruption {
  /** Aborted by the first Ctrl-C (SIGINT) or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves with it. */
  readonly interrupted: Promise<void>;
  /** What the second one does, before the process exits with 130. */
  onSecond(action: () => Promise<void>): void;
}

/** Listens to Ctrl-C from now on: the first asks for an orderly stop, the second for one at once. */
export function createInterruption(): Interruption {
  const controller = new AbortController();
  let action = () => Promise.resolve();
  const interrupted = new Promise<void>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const onSignal = () => {
    if (!controller.signal.aborted) {
      controller.abort(new Error('interrupted'));
      return;
    }
    action()
      .catch((error: Error) => console.error(error.message))
      .finally(() => process.exit(130));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    interrupted,
    onSecond(next) {
      action = next;
    },
  };
}
