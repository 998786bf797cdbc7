import type { Component } from '@cyberstroll/runtime';
import { eventually } from '../waiting/eventually';
import { createTestBroker } from './parts';
import { createTestbed, type Testbed, toCutOff } from './testbed';

/**
 * What a component may not leave behind, as Node counts what keeps a process alive. Timers that do not are not counted.
 */
const KINDS = ['Timeout', 'TCPSocketWrap', 'TCPConnectWrap', 'TCPServerWrap'] as const;

export interface LifecycleOptions {
  /** The component with a backing service that is unavailable, so that its start waits: a stop must end it. */
  createCutOff?: () => Component | Promise<Component>;
}

/**
 * The tests that every component passes: start twice, stop twice, stop before start, stop during start, start after
 * stop. `create` makes a fresh one; what it needs from others is started before. After each stop nothing of it is left:
 * no timer, no socket, no server.
 */
export function describeLifecycle(
  name: string,
  create: () => Component | Promise<Component>,
  { createCutOff }: LifecycleOptions = {},
): void {
  const leavesNothing = async (build: typeof create, live: (component: Component) => Promise<unknown>) => {
    const before = countResources();
    await live(await build());
    await eventually(
      () => {
        const now = countResources();
        expect(KINDS.filter((kind) => now[kind] > before[kind])).toEqual([]);
      },
      { intervalMs: 50 },
    );
  };

  describe(`the lifecycle of ${name}`, () => {
    it('starts once when it is started twice', () =>
      leavesNothing(create, async (component) => {
        await Promise.all([component.start(), component.start()]);
        await component.start();
        await component.stop();
      }));

    it('stops once when it is stopped twice', () =>
      leavesNothing(create, async (component) => {
        await component.start();
        await Promise.all([component.stop(), component.stop()]);
        await component.stop();
      }));

    it('may be stopped before it was started, and never starts then', () =>
      leavesNothing(create, async (component) => {
        await component.stop();
        await expect(component.start()).rejects.toThrow('stopped');
      }));

    it('leaves nothing when it is stopped while it starts', () =>
      leavesNothing(create, async (component) => {
        const started = component.start().catch((error: unknown) => error);
        await component.stop();
        await started;
      }));

    it('refuses to start again after its stop', () =>
      leavesNothing(create, async (component) => {
        await component.start();
        await component.stop();
        await expect(component.start()).rejects.toThrow('stopped');
      }));

    if (createCutOff) {
      it('ends a start that waits for a backing service', () =>
        leavesNothing(createCutOff, async (component) => {
          const started = component.start().catch((error: unknown) => error);
          await new Promise(setImmediate);
          await component.stop();
          await started;
        }));
    }
  });
}

function countResources(): Record<(typeof KINDS)[number], number> {
  const counts = { Timeout: 0, TCPSocketWrap: 0, TCPConnectWrap: 0, TCPServerWrap: 0 };
  for (const kind of process.getActiveResourcesInfo()) if (kind in counts) counts[kind as keyof typeof counts] += 1;
  return counts;
}

/**
 * The lifecycle tests of a component that connects to RabbitMQ, MongoDB or Redis, as every service does. `create` makes
 * a fresh component on the testbed that it gets; in one test nothing listens at the URLs of that testbed. With
 * `isNode` all that a node waits for is declared before.
 */
export function describeConnectedLifecycle(
  name: string,
  create: (testbed: Testbed) => Component,
  { isNode = false }: { isNode?: boolean } = {},
): void {
  let testbed: Testbed;
  beforeAll(async () => {
    testbed = await createTestbed();
    if (!isNode) return;
    const broker = createTestBroker(testbed);
    await broker.start();
    await broker.declareJobQueue('default');
    await broker.stop();
  });
  afterAll(() => testbed?.cleanup());

  describeLifecycle(name, () => create(testbed), { createCutOff: () => create(toCutOff(testbed)) });
}
