import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const NOW = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(NOW + seconds * 1_000);

it('a queue lags until a marker is back; the lag is unknown if none was ever back or no marker is sent any more', async () => {
  const { queueLag } = fixture.store;
  const look = (seconds: number) => queueLag.findLagSeconds(at(seconds));
  const note = (since: number, now: number) =>
    queueLag.noteMarker({ sinceTime: at(since), lagSeconds: now - since, expires: at(now + 15) });
  expect(await look(0)).toBeUndefined();
  await note(0, 9);
  expect(await queueLag.findMarker(at(9))).toMatchObject({ sinceTime: at(0), isBack: false });
  // Consumers may not know of markers, or may not have started yet.
  expect(await look(9)).toBeUndefined();
  await queueLag.noteBack(at(0));
  expect(await look(9)).toBe(0);
  expect(await queueLag.findMarker(at(9))).toMatchObject({ sinceTime: at(0), isBack: true });

  // The marker may be back before the note that it was sent is written.
  await queueLag.noteBack(at(1));
  await note(1, 1);
  expect(await look(1)).toBe(0);
  await note(2, 2);
  await note(2, 7);
  expect(await look(7)).toBe(5);
  // The return of another, older marker says nothing about this one.
  await queueLag.noteBack(at(1.5));
  expect(await look(8)).toBe(5);
  await queueLag.noteBack(at(4));
  expect(await look(8)).toBe(0);
  expect(await look(22)).toBeUndefined();
});
