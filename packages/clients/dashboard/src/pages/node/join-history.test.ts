import { joinHistory } from './join-history';

const load = { cpu_usage: 1, memory_usage: 2 };
const stored = (time: string, used: number) => ({ ...load, timestamp: `2026-01-01T${time}Z`, slots: { used } });
const heard = (time: string, used: number) => ({ ...load, at: Date.parse(`2026-01-01T${time}Z`) / 1_000, used });

it('continues what the API has with what was heard, and keeps an hour', () => {
  const history = [stored('10:58:00', 1), stored('11:00:00', 2), stored('11:58:00', 3), stored('11:59:30', 4)];
  const live = [heard('11:59:20', 5), heard('11:59:25', 6)];
  expect(joinHistory(history, live)).toEqual([heard('11:00:00', 2), heard('11:58:00', 3), ...live]);
  expect(joinHistory(history, []).map(({ used }) => used)).toEqual([2, 3, 4]);
  expect(joinHistory([], [])).toEqual([]);
});
