import { createDatabaseClock } from './database-clock';

it("is MongoDB's clock: never ahead, not set back by a slow answer, and set back with it", async () => {
  let now = 0;
  let server = 50_000;
  let way = 100;
  const pass = (ms: number) => {
    now += ms;
    server += ms;
  };
  // All of the way is that of the answer.
  const getTime = async () => {
    const time = new Date(server);
    pass(way);
    return time;
  };
  const readClock = createDatabaseClock({ getTime }, () => now);
  const readLate = async () => server - (await readClock()).getTime();
  expect([await readClock(), server]).toEqual([new Date(50_000), 50_100]);
  for (const [next, late] of [
    [900, 100],
    [100, 100],
    [0, 0],
    [900, 0],
  ] as const) {
    way = next;
    pass(2_000);
    await readClock();
    expect([next, await readLate()]).toEqual([next, late]);
  }
  server -= 10_000;
  way = 100;
  pass(2_000);
  await readClock();
  expect(Math.abs(await readLate())).toBeLessThanOrEqual(way);
});
