import { createTimeText } from './time-text';

describe('createTimeText', () => {
  it.each([
    ['UTC', '2026-01-31T12:00:00.250Z', '2026-01-31 12:00:00Z'],
    ['Asia/Shanghai', '2026-01-31T16:30:00.000Z', '2026-02-01 00:30:00+08:00'],
    ['Asia/Kathmandu', '2026-01-31T12:00:00Z', '2026-01-31 17:45:00+05:45'],
    ['America/New_York', '2026-07-01T00:00:00Z', '2026-06-30 20:00:00-04:00'],
    ['Europe/London', '2026-01-31T12:00:00Z', '2026-01-31 12:00:00Z'],
  ])('shows a time in %s with the offset', (timeZone, time, expected) => {
    expect(createTimeText(timeZone)(time)).toBe(expected);
  });

  it('means the same moment in the zone of the process', () => {
    const time = '2026-01-31T12:00:00.000Z';
    expect(new Date(createTimeText()(time)!).toISOString()).toBe(time);
  });

  it.each([undefined, '', 'soon'])('leaves %j as it is', (text) => {
    expect(createTimeText('UTC')(text)).toBe(text);
  });
});
