import { type Component, createComponent } from '@cyberstroll/runtime';

/** A component whose `start` may wait for a server that is unavailable: `stop` ends that wait, and `start` rejects. */
export function createInterruptible(
  name: string,
  hooks: { start: (stopping: AbortSignal) => Promise<unknown>; stop: () => Promise<void> },
): Component {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`${name} was stopped before it was ready`)));
  });
  stopped.catch(() => undefined);
  const component = createComponent(name, {
    start: async () => void (await Promise.race([hooks.start(signal), stopped])),
    stop: hooks.stop,
  });
  return {
    ...component,
    stop() {
      stopping.abort();
      return component.stop();
    },
  };
}
