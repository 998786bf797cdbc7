import { createKeyRing, issueTicket, parseApiKeys } from '@cyberstroll/access';
import {
  createTcpProxy,
  type ProgressWatchOptions,
  report,
  startParts,
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
  const parts = await startParts();
  const { testbed, store, realtime } = parts;
  const proxy = await createTcpProxy(testbed[proxied]);
  testbed.defer(proxy.close);
  const behindProxy: Testbed = { ...testbed, [proxied]: proxy.url };
  const service = await testbed.start(createService(behindProxy, variables));
  const keys = createKeyRing({ apiKeys: store.apiKeys, bootstrap: parseApiKeys(API_KEYS), logger: testLogger });

  return {
    ...parts,
    behindProxy,
    proxy,
    service,
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
  };
}

export type Fixture = Awaited<ReturnType<typeof setup>>;
