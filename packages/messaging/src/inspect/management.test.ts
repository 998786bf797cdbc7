import { readReplicas } from './management';

const QUEUE = { type: 'quorum', members: ['a'], online: ['a'], leader: 'a' };
const STATS = { publish_details: { rate: 2.4 }, ack_details: { rate: 1.8 } };

async function readRates(queues: object[]) {
  const paths: string[] = [];
  const management = {
    get: () => Promise.reject(new Error('not asked')),
    async read(path: string) {
      paths.push(path);
      return path.startsWith('/api/queues/') ? queues : [{ name: 'a', running: true }];
    },
  };
  const replicas = await readReplicas(management, '/');
  return { paths, rates: Object.fromEntries(replicas.queues.map(({ name, rates }) => [name, rates])) };
}

it('reads where our queues are and how much goes through them by one request', async () => {
  const { paths, rates } = await readRates([
    { ...QUEUE, name: 'cs.updates', message_stats: STATS },
    { ...QUEUE, name: 'cs.jobs.full', message_stats: { publish_details: { rate: 7 } } },
    { ...QUEUE, name: 'cs.jobs.unused' },
    { ...QUEUE, name: 'mine', message_stats: STATS },
  ]);
  expect(paths).toHaveLength(2);
  expect(rates).toEqual({
    'cs.updates': { in_per_second: 2.4, out_per_second: 1.8 },
    'cs.jobs.full': { in_per_second: 7, out_per_second: 0 },
    'cs.jobs.unused': undefined,
  });
});
