/**
 * A test stack whose services run in the test's own process: no process has to start, and code that the tests before
 * have run is compiled. A service that the test ends is a process, named in `processes`. That services work as
 * processes is shown by those, by `replicas.test.ts` and by `test/faults`.
 */
import type { ServiceProcess, ServiceProcessOptions } from '@cyberstroll/local';
import type { Service } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { CREATE } from './services';
import { type ServiceName, startTestStack, type TestStack, type TestStackOptions } from './test-stack';

export interface LightStackOptions extends Omit<TestStackOptions, 'toCreate'> {
  /** Services that are processes all the same, since the test ends them. */
  processes?: readonly ServiceName[];
}

/** Resolves when every service and node is ready. */
export const startLightStack = ({ processes = [], ...options }: LightStackOptions): Promise<TestStack> =>
  startTestStack({
    ...options,
    // No request gets 503 because the machine is slow: six services and the test share one process.
    environment: { ANSWER_WITHIN_MS: '120000', ...options.environment },
    toCreate: (name) => (processes.includes(name) ? undefined : (given) => createHere(name, given)),
  });

function createHere(name: ServiceName, { instance, environment, readyUrl }: ServiceProcessOptions): ServiceProcess {
  let service: Service | undefined;
  let started = Promise.resolve();
  return {
    name,
    instance,
    health_url: readyUrl,
    identity: undefined,
    start() {
      service = CREATE[name](environment, testLogger);
      started = service.start();
    },
    async waitUntilReady(timeoutMs) {
      await started;
      const isReady = async () => ((await (await fetch(readyUrl)).json()) as { status: string }).status === 'ok';
      await eventually(isReady, { timeoutMs });
    },
    async stop() {
      await service?.stop();
      service = undefined;
    },
    async kill() {
      throw new Error(`${instance} is no process of its own: name it in \`processes\``);
    },
  };
}
