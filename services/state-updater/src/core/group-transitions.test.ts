import { groupTransitions } from './group-transitions';

it('makes one event of the subtasks of a task that left and entered the same statuses, with the node and ports of each', () => {
  const timestamp = new Date(0);
  const transition = { task_id: 't', ip: '10.0.0.1', attempt: 1, previous_status: 'SCANNING', timestamp } as const;
  const groups = groupTransitions([
    { ...transition, subtask_id: 't-0', status: 'COMPLETED', node_id: 'a', open_ports: 2 },
    { ...transition, subtask_id: 't-1', status: 'FAILED', node_id: 'b', open_ports: undefined },
    { ...transition, subtask_id: 't-2', status: 'COMPLETED', node_id: undefined, open_ports: 0 },
    { ...transition, subtask_id: 't-3', previous_status: 'ASSIGNED', status: 'FAILED', node_id: 'b' },
  ]);
  const entry = { ip: '10.0.0.1', attempt: 1 };
  expect(groups.map(({ status, facts }) => [facts.previous_status, status, facts.subtasks])).toEqual([
    [
      'SCANNING',
      'COMPLETED',
      [
        { ...entry, subtask_id: 't-0', node_id: 'a', open_ports: 2 },
        { ...entry, subtask_id: 't-2' },
      ],
    ],
    ['SCANNING', 'FAILED', [{ ...entry, subtask_id: 't-1', node_id: 'b' }]],
    ['ASSIGNED', 'FAILED', [{ ...entry, subtask_id: 't-3', node_id: 'b' }]],
  ]);
});
