import { judgeMarker } from './measure-lag';

const at = (seconds: number) => new Date(1_000_000 + seconds * 1_000);

it.each([
  ['there is none', undefined],
  ['the last one is back', { sinceTime: at(0), isBack: true }],
])('sends a marker where %s', (_, marker) => {
  expect(judgeMarker(marker, at(0), at(7))).toEqual({ sinceTime: at(7), lagSeconds: 0, isDue: true });
});

it('tells the age of the one on its way, and sends it again when that has doubled', () => {
  const marker = { sinceTime: at(0), isBack: false };
  const sentAt: number[] = [];
  for (let second = 1; second <= 100; second++) {
    const verdict = judgeMarker(marker, at(sentAt.at(-1) ?? 0), at(second));
    expect(verdict).toMatchObject({ sinceTime: at(0), lagSeconds: second });
    if (verdict.isDue) sentAt.push(second);
  }
  expect(sentAt).toEqual([2, 4, 8, 16, 32, 64]);
});

it('sends another leader’s marker again', () => {
  expect(judgeMarker({ sinceTime: at(0), isBack: false }, undefined, at(30)).isDue).toBe(true);
});
