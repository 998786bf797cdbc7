/**
 * Anything that is started and stopped. `start` resolves when it is ready. `stop` resolves when it is drained, and may
 * be called twice, or before `start`. A component that failed to start may be stopped.
 */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a component from two functions. Each runs at most once, and `stop` waits for a running `start`. */
export function createComponent(
  name: string,
  hooks: { start?: () => Promise<void> | void; stop?: () => Promise<void> | void },
): Component {
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  return {
    name,
    start() {
      if (stopping) return Promise.reject(new Error(`${name} was stopped and cannot be started again`));
      starting ??= (async () => hooks.start?.())();
      return starting;
    },
    stop() {
      stopping ??= (async () => {
        if (!starting) return;
        await starting.catch(() => undefined);
        await hooks.stop?.();
      })();
      return stopping;
    },
  };
}

/**
 * Several components as one. They are started in order and stopped in the reverse order; all of them are stopped, even
 * if one fails to stop. `stop` does not wait for a running `start`. It stops the components that have begun, so that a
 * start that cannot finish is ended.
 */
export function createGroup(name: string, components: readonly Component[]): Component {
  const begun: Component[] = [];
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  async function startAll() {
    for (const component of components) {
      if (stopping) throw new Error(`${name} was stopped while it started`);
      begun.push(component);
      await component.start();
    }
  }

  async function stopAll() {
    const failures: unknown[] = [];
    for (let next = begun.pop(); next; next = begun.pop()) {
      await next.stop().catch((error: unknown) => failures.push(error));
    }
    await starting?.catch(() => undefined);
    throwFailures(name, failures);
  }

  return {
    name,
    start() {
      if (stopping) return Promise.reject(new Error(`${name} was stopped and cannot be started again`));
      starting ??= startAll();
      return starting;
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}

/**
 * Several components that do not need each other, as one. They are started at the same time and stopped at the same
 * time; all of them are stopped, even if one fails to stop.
 */
export function createParallel(name: string, components: readonly Component[]): Component {
  return createComponent(name, {
    async start() {
      await Promise.all(components.map((component) => component.start()));
    },
    async stop() {
      const results = await Promise.allSettled(components.map((component) => component.stop()));
      throwFailures(
        name,
        results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
      );
    },
  });
}

function throwFailures(name: string, failures: readonly unknown[]): void {
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, `${name}: stop`);
}
