import { groupTransitions } from './group-transitions';

it('makes one event of the subtasks of a task that entered a status, with the node and the open ports of each', () => {
  const step = { task_id: 't', ip: '10.0.0.1', attempt: 1 };
  const groups = groupTransitions([
    { ...step, subtask_id: 't-0', status: 'COMPLETED', node_id: 'a', open_ports: 2 },
    { ...step, subtask_id: 't-1', status: 'FAILED', node_id: 'b', open_ports: undefined },
    { ...step, subtask_id: 't-2', status: 'COMPLETED', node_id: undefined, open_ports: 0 },
  ]);
  const entry = { ip: '10.0.0.1', attempt: 1 };
  expect(groups.map(({ status, facts }) => [status, facts.subtasks])).toEqual([
    [
      'COMPLETED',
      [
        { ...entry, subtask_id: 't-0', node_id: 'a', open_ports: 2 },
        { ...entry, subtask_id: 't-2' },
      ],
    ],
    ['FAILED', [{ ...entry, subtask_id: 't-1', node_id: 'b' }]],
  ]);
});
