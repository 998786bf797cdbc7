/**
 * The globals of a test file are Node's own: no context is made for each file. After a file, this puts back what the
 * file changed in the process: fake timers, spies, variables of the environment, listeners of signals.
 */
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Options = ConstructorParameters<typeof ModernFakeTimers>[0];

// jest takes an environment as the default export.
export default class NodeGlobals {
  readonly global = globalThis;
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimersModern: ModernFakeTimers;
  private readonly variables = { ...process.env };
  private readonly exit = process.exit;
  private readonly listeners = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);

  constructor({ projectConfig }: { projectConfig: Options['config'] }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup(): Promise<void> {}

  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    process.exit = this.exit;
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
    for (const [signal, before] of this.listeners) {
      for (const listener of process.listeners(signal)) {
        if (!before.includes(listener)) process.removeListener(signal, listener);
      }
    }
  }

  exportConditions(): string[] {
    return ['node', 'require'];
  }

  getVmContext(): null {
    return null;
  }
}
