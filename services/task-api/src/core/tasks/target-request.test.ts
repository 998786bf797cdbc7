import { parseScope } from '@cyberstroll/targets';
import { toTargetRequest } from './target-request';

const options = { scope: parseScope('127.0.0.0/8 !127.9.0.0/16'), maxCount: 2 ** 24 };

describe('toTargetRequest', () => {
  it('takes targets that are within the scope after the exclusions', () => {
    const request = toTargetRequest({ task_target: '127.0.0.0/8', exclude_target: '127.9.0.0/16' }, options);
    expect(request).toHaveProperty('targets.count', 2n ** 24n - 2n ** 16n);
  });

  it.each([
    ['127.0.0.1, 10.0.0.1', '10.0.0.1'],
    ['127.0.0.0/8', '127.9.0.0/16'],
    ['::1', '::1'],
  ])('names the part of %s that is outside the scope', (task_target, outside) => {
    expect(toTargetRequest({ task_target }, options)).toEqual({ outside });
  });
});
