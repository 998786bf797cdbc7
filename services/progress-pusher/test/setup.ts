import { createKeyRing, issueTicket, parseApiKeys } from '@cyberstroll/access';
import { createGroup } from '@cyberstroll/runtime';
import {
  createTcpProxy,
  createTestbed,
  createTestRealtime,
  createTestStore,
  type ProgressWatchOptions,
  report,
  type Testbed,
  testLogger,
  watchProgress,
} from '@cyberstroll/testkit';
import { API_KEYS, createService, KEY } from './create-service';

/** Resolves when connected to this service, by default with an API key; see `watchProgress`. */
export const watch = (
  service: ReturnType<typeof createService>,
  taskId: string | undefined,
  options: ProgressWatchOptions = { key: KEY },
) => watchProgress(`ws://127.0.0.1:${service.port()}`, taskId, options);

/** The service, started, with a proxy before one of its backing services; store and realtime are not behind it. */
export async function setup(
  proxied: 'mongodb_uri' | 'redis_url' | 'rabbitmq_url',
  variables: Record<string, string> = {},
) {
  const testbed = await createTestbed();
  const proxy = await createTcpProxy(testbed[proxied]);
  const behindProxy: Testbed = { ...testbed, [proxied]: proxy.url };
  const service = createService(behindProxy, variables);
  const store = createTestStore(testbed);
  const realtime = createTestRealtime(testbed);
  const keys = createKeyRing({ apiKeys: store.apiKeys, bootstrap: parseApiKeys(API_KEYS), logger: testLogger });
  const parts = createGroup('test', [store, realtime, service]);
  await parts.start();

  return {
    testbed,
    behindProxy,
    proxy,
    service,
    store,
    realtime,
    keys,
    /** A ticket as task-api makes it; signed by nobody if its key is not valid. */
    async issue(caller: Parameters<typeof issueTicket>[1], taskId?: string): Promise<string> {
      await keys.refresh();
      const sign = (...of: Parameters<typeof keys.sign>) => keys.sign(...of) ?? '';
      return issueTicket({ tickets: realtime, keys: { sign } }, caller, taskId);
    },
    /** Completes the subtask at `index`, and publishes the progress unless `publishes` is false. */
    async complete(taskId: string, index: number, publishes = true): Promise<void> {
      await report(store, taskId, [index], { status: 'COMPLETED' });
      const { snapshot } = await store.tasks.calculateTaskProgress(taskId);
      if (publishes) await realtime.publishProgress(snapshot);
    },
    async cleanup(): Promise<void> {
      await parts.stop();
      await proxy.close();
      await testbed.cleanup();
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;
