import { createLogger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createNodeCounter } from './node-counter';

const logger = createLogger({ service: 'state-updater', instance: 'test', level: 'silent' });
const closed = { status: 'COMPLETED', node_id: 'a' } as Parameters<
  ReturnType<typeof createNodeCounter>['countClosed']
>[0][number];

it('writes what was counted, and before it has stopped what could not be written', async () => {
  const now = new Date();
  const written: unknown[] = [];
  let refuse: () => void = () => undefined;
  const isRefused = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  const nodeCounts = {
    async put({ nodes }: Parameters<Store['nodeCounts']['put']>[0]) {
      if (written.push(nodes) > 1) return;
      refuse();
      throw new Error('outage');
    },
  } as unknown as Store['nodeCounts'];
  const counter = createNodeCounter({ store: { nodeCounts }, logger });
  await counter.start();
  counter.countClosed([closed], now);
  await isRefused;
  await counter.stop();
  const counted = [{ node_id: 'a', completed: 1, failed: 0 }];
  expect(written).toEqual([counted, counted]);
});
