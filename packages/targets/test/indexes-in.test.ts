import { createTargetIndex, parseTargets, type TargetSegment } from '../src';

const segment = (targets: string, order: TargetSegment['order']): TargetSegment => ({
  targets,
  order,
  seed: 7,
  count: Number(parseTargets(targets).count),
});

describe('the indexes of the members that another set holds', () => {
  const index = createTargetIndex([
    segment('10.0.0.0/24,10.0.2.0/30', 'permuted'),
    segment('10.0.1.0/28,2001:db8::/124', 'sequential'),
  ]);
  it.each([
    '10.0.0.0/26',
    '10.0.0.250-10.0.1.3,10.0.2.3',
    '2001:db8::5-2001:db8::8,10.0.0.9',
    '0.0.0.0/0',
    '11.0.0.0/8',
  ])('%s: each once, ascending', (text) => {
    const wanted = parseTargets(text);
    const members = Array.from({ length: index.count }, (_, at) => at).filter((at) => wanted.has(index.member(at)));
    expect(index.indexesIn(wanted, members.length)).toEqual(members);
    if (members.length > 0) expect(index.indexesIn(wanted, members.length - 1)).toBeUndefined();

    const common = index.findCommon(wanted);
    const pages: number[][] = [];
    for (let first = 0; first < common.count; first += 7) pages.push(common.toIndexes(first, 7));
    expect([common.count, pages.flat().sort((a, b) => a - b)]).toEqual([members.length, members]);
    expect(pages.slice(0, -1).every((page) => page.length === 7)).toBe(true);
  });
});
