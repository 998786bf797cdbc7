import { measureLag } from './measure-lag';

const at = (seconds: number) => new Date(1_000_000 + seconds * 1_000);

it.each([
  ['there is no marker', undefined],
  ['the last marker is back', { sinceTime: at(0), isBack: true }],
])('sends a marker when %s', (_, marker) => {
  expect(measureLag(marker, at(0), at(7))).toEqual({ sinceTime: at(7), lagSeconds: 0, isDue: true });
});

it('gives the age of the marker on its way, and sends it again when the age has doubled, every 15 s at least', () => {
  const marker = { sinceTime: at(0), isBack: false };
  const sentAt: number[] = [];
  for (let second = 1; second <= 100; second++) {
    const lag = measureLag(marker, at(sentAt.at(-1) ?? 0), at(second));
    expect(lag).toMatchObject({ sinceTime: at(0), lagSeconds: second });
    if (lag.isDue) sentAt.push(second);
  }
  expect(sentAt).toEqual([2, 4, 8, 16, 31, 46, 61, 76, 91]);
});

it('sends another leader’s marker again', () => {
  expect(measureLag({ sinceTime: at(0), isBack: false }, undefined, at(30)).isDue).toBe(true);
});
