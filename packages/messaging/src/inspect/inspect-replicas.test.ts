import { inspectReplicas } from './inspect-replicas';
import type { QuorumQueue } from './management';

const NODES = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name: `rabbit@${name}`, running: true }));
const [A, B, C] = NODES.map(({ name }) => name) as [string, string, string];
const queue = (members: string[], online = members): QuorumQueue => ({
  name: 'cs.jobs.a+b',
  members,
  online,
  leader: online.length * 2 > members.length ? online[0] : undefined,
});
const inspect = (one: QuorumQueue, clusterNodes = NODES.slice(0, 3)) =>
  inspectReplicas({ queues: [one], nodes: clusterNodes, wanted: Math.min(3, clusterNodes.length) }, '/cs');
const check = 'rabbitmq replicas of cs.jobs.a+b';

it.each([1, 2, 3])('is content with one member on each of %i nodes', (size) => {
  const nodes = NODES.slice(0, size);
  expect(inspect(queue(nodes.map(({ name }) => name)), nodes)).toEqual([
    {
      check: 'rabbitmq replicas',
      verdict: 'ok',
      found: `cs.jobs.a+b: ${size} of ${size} member${size === 1 ? '' : 's'} online, leader rabbit@a`,
    },
  ]);
});

it('names the nodes that a queue is to grow to, of those that run', () => {
  expect(inspect(queue([A]))).toEqual([
    {
      check,
      verdict: 'fail',
      found: '1 of 1 member online, leader rabbit@a; 3 are wanted',
      remedy:
        "rabbitmq-queues grow rabbit@b all --vhost-pattern '^/cs$'; rabbitmq-queues grow rabbit@c all --vhost-pattern '^/cs$'",
    },
  ]);
  const stopped = NODES.slice(0, 3).map((node) => ({ ...node, running: node.name === A }));
  expect(inspect(queue([A]), stopped)[0]!.remedy).toBe('start the other nodes of the cluster, then look again');
});

it('grows one queue alone, and to three members even if there are more nodes', () => {
  expect(inspect(queue([A, B]), NODES)[0]).toMatchObject({
    verdict: 'fail',
    remedy: "rabbitmq-queues grow rabbit@c all --vhost-pattern '^/cs$' --queue-pattern '^cs\\.jobs\\.a\\+b$'",
  });
  expect(inspect(queue([A, B, C]), NODES)[0]!.verdict).toBe('ok');
});

it('warns of a member that is away, and fails where no majority is left', () => {
  expect(inspect(queue([A, B, C], [A, C]))).toEqual([
    {
      check,
      verdict: 'warn',
      found: '2 of 3 members online (rabbit@b not), leader rabbit@a',
      remedy: expect.stringMatching(/^start rabbit@b; /),
    },
  ]);
  expect(inspect(queue([A, B, C], [C]))).toEqual([
    {
      check,
      verdict: 'fail',
      found: expect.stringMatching(/^1 of 3 members online \(rabbit@a, rabbit@b not\), leader none: no majority/),
      remedy: 'start rabbit@a, rabbit@b',
    },
  ]);
});
