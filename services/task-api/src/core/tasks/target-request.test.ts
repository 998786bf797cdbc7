import { finish, parseScope, parseTargets } from '@cyberstroll/targets';
import { toTargetRequest } from './target-request';

const scan = { ports: '22', method: 'connect' as const };
const options = { scope: parseScope('127.0.0.0/8 !127.9.0.0/16'), maxCount: 2 ** 24, exclusions: [] };
const read = (...given: Parameters<typeof toTargetRequest>) => finish(toTargetRequest(...given));

describe('toTargetRequest', () => {
  it('takes targets that are within the scope after the exclusions', () => {
    const request = read({ task_target: '127.0.0.0/8', exclude_target: '127.9.0.0/16', scan }, options);
    expect(request).toHaveProperty('targets.count', 2n ** 24n - 2n ** 16n);
  });

  it('takes out what is excluded as if exclude_target named it, and says by what', () => {
    const exclusions = [
      { exclusion_id: 'a', target: '127.9.0.0/16', reason: 'out of scope anyhow' },
      { exclusion_id: 'b', target: '127.9.1.0/24', reason: 'a part of the other' },
      { exclusion_id: 'c', target: '10.0.0.1', reason: 'no target' },
    ].map((each) => ({ ...each, set: parseTargets(each.target) }));
    const request = read({ task_target: '127.0.0.0/8', scan }, { ...options, maxCount: 2 ** 24 - 1, exclusions });
    expect(request).toMatchObject({
      targets: { count: 2n ** 24n - 2n ** 16n },
      excluded: { count: 2n ** 16n },
      by: [
        { exclusion_id: 'a', count: 65_536 },
        { exclusion_id: 'b', count: 256 },
      ],
    });
    const all = read({ task_target: '127.9.1.7', scan }, { ...options, exclusions });
    expect(all).toMatchObject({ targets: { isEmpty: true }, by: [{ count: 1 }, { count: 1 }] });
  });

  it.each([
    ['127.0.0.1, 10.0.0.1', '10.0.0.1'],
    ['127.0.0.0/8', '127.9.0.0/16'],
    ['::1', '::1'],
  ])('names the part of %s that is outside the scope', (task_target, outside) => {
    expect(read({ task_target, scan }, options)).toEqual({ outside });
  });
});
