import { selectHolders } from './select-holders';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const held = (node_id: string, instance_id: string | null = 'a', deadline = 60) => {
  return { node_id, instance_id, count: 1, first_deadline: at(deadline) };
};
const FLEET = ['lives', 'lost', 'kept', 'plain'].map((node_id) => ({
  node_id,
  instance_id: node_id === 'plain' ? node_id : 'a',
  status: 'online' as const,
  last_seen: at(['lost', 'kept'].includes(node_id) ? -16 : -1),
}));

it.each<[string, ReturnType<typeof held>[], boolean, string[], string[]]>([
  ['a node without deadlines past', [held('lives')], false, [], []],
  ['the same, when lists are compared', [held('lives')], true, [], ['lives']],
  ['a deadline that is past', [held('lives', 'a', -1)], false, [], ['lives']],
  ['a claim that names no process', [held('lives', null)], false, [], []],
  ['a claim of another process', [held('lives'), held('lives', 'b')], true, ['lives'], []],
  ['any process of a node that names none', [held('plain', 'b')], false, [], []],
  ['a lost node', [held('lost')], false, ['lost'], []],
  ['a node that the circuit breaker keeps', [held('kept', 'a', -1), held('kept', 'b')], true, [], []],
  ['a node that is offline or unknown', [held('gone')], false, ['gone'], []],
])('looks at what may be lost or overdue: %s', (_, of, isListCheck, suspect, living) => {
  const rules = { lost: new Set(['lost']), isListCheck, appliedUntil: NOW, timeoutMs: 15_000 };
  expect(selectHolders(of, FLEET, rules, NOW)).toEqual({ suspect, living });
});
