import { AppError } from '@cyberstroll/runtime';
import { createTargetIndex, parseTargets, toSegment } from '@cyberstroll/targets';
import { findLostAddresses } from './find-lost-addresses';

const targets = createTargetIndex([toSegment(parseTargets('127.0.0.0/24'), { order: 'sequential', seed: 1 })]);
const list = { exclusion_id: '', entries: [{ target: '127.0.0.0/31' }] };

/** This number of open tasks. The first was deleted after it was found. */
function setup(count: number) {
  const ids = Array.from({ length: count }, (_, at) => String(at).padStart(24, '0'));
  const tasks = {
    async findOpenWithin(_ranges: unknown, { after = '', limit }: { after: string | undefined; limit: number }) {
      return ids
        .filter((task_id) => task_id > after)
        .slice(0, limit)
        .map((task_id) => ({ task_id, total_targets: 256 }));
    },
    async getJobSource(task_id: string) {
      if (task_id === ids[0]) throw new AppError('task_not_found', { detail: task_id });
      return { targets, scan: { ports: '80' } };
    },
  };
  return { tasks, exclusions: { findInForce: async () => [] } } as never;
}

it('counts what all open tasks would lose, however many pages they are', async () => {
  const lost = await findLostAddresses(setup(2_501), list, new Date());
  expect(lost).toEqual({ open_tasks: 2_500, lost_addresses: 5_000, more_tasks: false });
});

it('says that there are more tasks where it has no time for the next page', async () => {
  expect(await findLostAddresses(setup(501), list, new Date(), 0)).toMatchObject({ more_tasks: true });
});
