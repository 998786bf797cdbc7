import {
  createComponent,
  createGroup,
  createMetrics,
  createParallel,
  createService,
  createSweep,
} from '@cyberstroll/runtime';
import { describeLifecycle } from './describe-lifecycle';
import { testLogger as logger } from './test-logger';

const createTicker = (name: string) => {
  let ticker: NodeJS.Timeout | undefined;
  return createComponent(name, {
    start() {
      ticker = setInterval(() => undefined, 1_000);
    },
    stop: () => clearInterval(ticker),
  });
};

const createLateTicker = (name: string) => {
  const ticker = createTicker(name);
  return createComponent(name, {
    async start() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await ticker.start();
    },
    stop: ticker.stop,
  });
};

const leader = {
  isLeader: async () => true,
  standBack: () => undefined,
  release: async () => undefined,
};

describeLifecycle('a component', () => createTicker('ticker'));
describeLifecycle('a group', () =>
  createGroup('group', [createTicker('first'), createLateTicker('second'), createTicker('third')]),
);
describeLifecycle('parallel components', () =>
  createParallel('both', [createTicker('one'), createLateTicker('other')]),
);
describeLifecycle('a sweep', () =>
  createSweep({ name: 'sweep', intervalMs: 10_000, logger, sweepOnce: async () => ({}) }),
);
describeLifecycle('a sweep of the leader', () =>
  createSweep({ name: 'sweep', intervalMs: 10_000, logger, leadership: leader, sweepOnce: async () => ({}) }),
);
describeLifecycle('a service', () =>
  createService({
    name: 'service',
    config: { HTTP_HOST: '127.0.0.1', HTTP_PORT: 0 },
    dependencies: { needs: {} },
    parts: [createTicker('first'), createLateTicker('second')],
    metrics: createMetrics('test'),
  }),
);
