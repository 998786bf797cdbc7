import { eventually } from './eventually';

describe('eventually', () => {
  it('returns the first value that is neither falsy nor thrown over', async () => {
    let calls = 0;
    const value = await eventually(
      () => {
        calls += 1;
        if (calls === 1) throw new Error('not yet');
        return calls === 2 ? null : `call ${calls}`;
      },
      { intervalMs: 1 },
    );
    expect(value).toBe('call 3');
  });

  it('takes a block of assertions that returns nothing as success', async () => {
    await expect(eventually(() => expect(1).toBe(1))).resolves.toBeUndefined();
  });

  it('fails with the last error and the time waited', async () => {
    const attempt = eventually(() => Promise.reject(new Error('still down')), { timeoutMs: 20, intervalMs: 5 });
    await expect(attempt).rejects.toThrow('not within 20 ms: still down');
  });

  it('names the last falsy value', async () => {
    await expect(eventually(() => 0, { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow('last value was 0');
  });
});
