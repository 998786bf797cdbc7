import { createCollector } from './collector';

describe('collector', () => {
  it('gives a full batch at once and keeps the rest', async () => {
    const collector = createCollector<number>({ maxItems: 2, maxWaitMs: 3_600_000 });
    for (const item of [1, 2, 3, 4, 5]) collector.push(item);
    expect(await collector.take()).toEqual([1, 2]);
    expect(await collector.take()).toEqual([3, 4]);
    expect(collector.clear()).toEqual([5]);
  });

  it('gives a part of a batch when its oldest has waited long enough', async () => {
    const collector = createCollector<number>({ maxItems: 10, maxWaitMs: 30 });
    const taken = collector.take();
    const pushedAt = performance.now();
    collector.push(1);
    collector.push(2);
    expect(await taken).toEqual([1, 2]);
    expect(performance.now() - pushedAt).toBeGreaterThanOrEqual(29);
  });

  it('gives the waiting messages at once when it is closed, then ends', async () => {
    const collector = createCollector<number>({ maxItems: 2, maxWaitMs: 3_600_000 });
    const waiting = collector.take();
    collector.push(1);
    collector.close();
    expect(await waiting).toEqual([1]);
    for (const item of [2, 3, 4]) collector.push(item);
    expect(await collector.take()).toEqual([2, 3]);
    expect(await collector.take()).toEqual([4]);
    expect(await collector.take()).toBeUndefined();
  });

  it('ends a take of nothing when it is closed', async () => {
    const collector = createCollector<number>({ maxItems: 2, maxWaitMs: 3_600_000 });
    const waiting = collector.take();
    collector.close();
    expect(await waiting).toBeUndefined();
  });
});
