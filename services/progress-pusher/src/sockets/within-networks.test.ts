import type { Frame } from '@cyberstroll/progress';
import { withinNetworks } from './within-networks';

const frame = (task_id: string, seq: number) => ({ task_id, seq }) as Frame;
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('gives the frames of tasks inside alone, looks each task up once, and again after a fault', async () => {
  const got: string[] = [];
  const asked: string[][] = [];
  let isAway = true;
  const subscriber = withinNetworks(
    { push: (batch) => got.push(...batch.map(({ task_id, seq }) => `${task_id}${seq}`)), tick: () => undefined },
    async (taskIds) => {
      asked.push(taskIds);
      if (isAway) throw new Error('away');
      return taskIds.filter((id) => id !== 'foreign');
    },
  );
  subscriber.push([frame('own', 1)]);
  await settle();
  isAway = false;
  subscriber.push([frame('own', 2), frame('foreign', 1)]);
  subscriber.push([frame('own', 3)]);
  await settle();
  subscriber.push([frame('own', 4), frame('foreign', 2), frame('late', 1)]);
  await settle();
  expect(got).toEqual(['own3', 'own4', 'late1']);
  expect(asked).toEqual([['own'], ['own', 'foreign'], ['late']]);
});
