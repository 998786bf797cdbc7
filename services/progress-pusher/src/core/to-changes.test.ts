import { toChanges } from './to-changes';

const id = (index: number) => `${'a'.repeat(24)}-${index}`;
const subtasks = [
  { subtask_id: id(3), ip: '10.0.0.1', attempt: 1, node_id: 'node-a', open_ports: 2 },
  { subtask_id: id(9), ip: '10.0.0.2', attempt: 4 },
  { subtask_id: 'nonsense', ip: '10.0.0.3', attempt: 1 },
];

it('takes the changes of cells from an event of subtasks', () => {
  const step = { previous_status: 'SCANNING', status: 'COMPLETED' } as const;
  expect(toChanges({ type: 'subtask.completed', subtasks, previous_status: 'SCANNING' })).toEqual([
    { ...step, index: 3, attempt: 1, node: 'node-a', has_open_ports: true },
    { ...step, index: 9, attempt: 4, node: undefined, has_open_ports: false },
  ]);
});

it.each(['subtask.pending', 'subtask.unheard', 'task.completed'])('takes none from %s', (type) => {
  expect(toChanges({ type, subtasks })).toEqual([]);
});
