import { type HolderNode, hasClaims, toAbandonedClaims } from './to-abandoned-claims';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);
const node = (changes: Partial<HolderNode> = {}): HolderNode => ({
  node_id: 'n',
  status: 'online',
  instance_id: 'two',
  last_seen: ago(1),
  former_instances: ['zero', 'one'],
  ...changes,
});
const rival = { instance_id: 'one', since: ago(60), last_seen: ago(1) };

it.each<[string, HolderNode | undefined, object[]]>([
  ['a node that was never heard', undefined, [{ updatedBefore: ago(15), reason: 'unheard' }]],
  [
    'a node that lives',
    node(),
    [
      { instances: ['zero', 'one'], updatedBefore: ago(5), reason: 'restarted' },
      { exceptInstances: [null, 'two', 'zero', 'one'], updatedBefore: ago(15), reason: 'restarted' },
    ],
  ],
  [
    'a node with a living rival',
    node({ rivals: [rival] }),
    [
      { instances: ['zero'], updatedBefore: ago(5), reason: 'restarted' },
      { exceptInstances: [null, 'two', 'zero', 'one', 'one'], updatedBefore: ago(15), reason: 'restarted' },
    ],
  ],
  ['a node whose heartbeats name no process', node({ instance_id: 'n' }), []],
  ['an offline node', node({ status: 'offline' }), [{ exceptInstances: [], reason: 'offline' }]],
  [
    'an offline node with a living rival',
    node({ status: 'offline', rivals: [rival] }),
    [{ exceptInstances: ['one'], reason: 'offline' }],
  ],
  ['a node that just said goodbye', node({ status: 'offline', said_goodbye: true, last_seen: ago(4) }), []],
  [
    'a node that said goodbye 5 s ago',
    node({ status: 'offline', said_goodbye: true, last_seen: ago(5) }),
    [{ exceptInstances: [], reason: 'left' }],
  ],
])('the abandoned claims of %s', (_, of, expected) => {
  expect(toAbandonedClaims(of, 15_000, NOW)).toEqual(expected);
});

it.each<[string, Parameters<typeof hasClaims>[0], (string | null)[], boolean]>([
  ['a former process holds something', { instances: ['one'], reason: 'restarted' }, ['two', 'one'], true],
  ['no former process holds something', { instances: ['one'], reason: 'restarted' }, ['two', null], false],
  ['an unknown process holds something', { exceptInstances: [null, 'two'], reason: 'restarted' }, ['new'], true],
  ['known processes hold everything', { exceptInstances: [null, 'two'], reason: 'restarted' }, ['two', null], false],
  ['a claim names no process', { exceptInstances: ['two'], reason: 'offline' }, [null], true],
  ['the node was never heard', { reason: 'unheard' }, ['one'], true],
])('says whether there are such claims: %s', (_, claims, holding, expected) => {
  expect(hasClaims(claims, holding)).toBe(expected);
});
