import { isoNow } from './iso-now';

it('is the time of each call, as its text', () => {
  const clock = jest.spyOn(Date, 'now');
  const times = [0, 0, 1, 86_400_000, 0];
  const texts = times.map((ms) => {
    clock.mockReturnValue(ms);
    return isoNow();
  });
  clock.mockRestore();
  expect(texts).toEqual(times.map((ms) => new Date(ms).toISOString()));
});
