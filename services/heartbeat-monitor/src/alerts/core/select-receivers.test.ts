import { selectReceivers } from './select-receivers';

it.each([
  ['queue_backlog', 'firing', 'heard', ['events', 'webhook']],
  ['dead_letter', 'firing', 'heard', ['webhook']],
  ['dead_letter', 'resolved', 'heard', ['events', 'webhook']],
  ['queue_backlog', 'firing', 'muted', ['events']],
  ['dead_letter', 'firing', 'muted', []],
] as const)('%s that is %s and %s goes to %j', (rule, state, heard, kinds) => {
  const selected = selectReceivers({ rule }, { state }, [{ kind: 'events' }, { kind: 'webhook' }], heard === 'muted');
  expect(selected.map(({ kind }) => kind)).toEqual(kinds);
});
