import { toLastGiven } from './lost-nodes';

const NOW = new Date('2026-01-01T12:00:00Z');
const lost = (secondsAgo: number, ...pools: string[]) => ({
  pools,
  last_seen: new Date(NOW.getTime() - secondsAgo * 1_000),
});

describe('up to when a job may have been given to a lost node', () => {
  it.each([
    ['to the end of its silence', [lost(20, 'default')], 5],
    ['also afterwards, where nobody has begun it for long: it may hang with room for more', [lost(30, 'default')], 10],
    ['not to one of another pool', [lost(30, 'dmz')], undefined],
    ['to the one that was heard last', [lost(50, 'default'), lost(22, 'dmz', 'default')], 7],
    ['but not just now: a living node may be about to begin it', [lost(16, 'default')], 2],
    ['to nobody where none is lost', [], undefined],
  ])('%s', (_, nodes, secondsAgo) => {
    const given = toLastGiven(nodes, 'default', NOW);
    expect(given && (NOW.getTime() - given.getTime()) / 1_000).toBe(secondsAgo);
  });
});
