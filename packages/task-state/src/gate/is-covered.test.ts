import { coversSchema } from '@cyberstroll/contracts';
import { isCovered } from './is-covered';

const task = {
  config: { pool: 'dmz' },
  labels: ['prod'],
  target_ranges: [{ first: '40a000000', last: '40a0000ff' }],
};

describe('isCovered', () => {
  it.each([
    [{ all: true } as const, true],
    [{ pool: 'dmz' }, true],
    [{ pool: 'default' }, false],
    [{ label: 'prod' }, true],
    [{ label: 'test' }, false],
    [{ network: '10.0.0.0/8' }, true],
    [{ network: '10.0.0.255' }, true],
    [{ network: '10.0.1.0/24' }, false],
    [{ network: '::/0' }, false],
    // No schema lets them through.
    [{ network: '::ffff:10.0.0.1' }, false],
    [{}, false],
  ])('%j: %s', (covers, expected) => {
    expect(isCovered(covers, task)).toBe(expected);
  });
});

describe('coversSchema', () => {
  it.each([
    [{}],
    [{ pool: 'dmz', label: 'prod' }],
    [{ all: false }],
    [{ network: 'x' }],
    [{ network: '::ffff:10.0.0.1' }],
  ])('refuses %j', (covers) => {
    expect(coversSchema.safeParse(covers).success).toBe(false);
  });
});
