import { selectReceivers } from './select-receivers';

it.each([
  ['queue_backlog', 'firing', ['events', 'webhook']],
  ['dead_letter', 'firing', ['webhook']],
  ['dead_letter', 'resolved', ['events', 'webhook']],
] as const)('%s that is %s goes to %j', (rule, state, kinds) => {
  const selected = selectReceivers({ rule }, { state }, [{ kind: 'events' }, { kind: 'webhook' }]);
  expect(selected.map(({ kind }) => kind)).toEqual(kinds);
});
