import type { ScanWindow } from '@cyberstroll/contracts';
import { addOpenSeconds, countClosedSeconds } from './window-calendar';

const toWindow = (days: ScanWindow['days'], from: string, to: string, time_zone = 'UTC'): ScanWindow => ({
  days,
  from,
  to,
  time_zone,
});
const EACH_DAY: ScanWindow['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const NIGHTS = [toWindow(EACH_DAY, '22:00', '06:00')];
/** 2026-11-28 is a Saturday. */
const at = (text: string) => new Date(`2026-${text}:00Z`);
const HOUR = 3_600;

it.each<[string, ScanWindow[], string, number, string]>([
  ['without windows', [], '11-28T12:00', 5, '11-28T17:00'],
  ['before the window closes', NIGHTS, '11-28T23:00', 7, '11-29T06:00'],
  ['in the next window', NIGHTS, '11-28T23:00', 8, '11-29T23:00'],
  ['from the next opening on', NIGHTS, '11-28T12:00', 2, '11-29T00:00'],
  ['in a window of the day before', NIGHTS, '11-28T05:00', 2, '11-28T23:00'],
  ['weeks later', [toWindow(['sat'], '12:00', '14:00')], '11-28T12:00', 5, '12-12T13:00'],
  ['at the end of a whole week', [toWindow(['sat'], '12:00', '14:00')], '11-28T12:00', 4, '12-05T14:00'],
  ['all day, every day', [toWindow(EACH_DAY, '00:00', '00:00')], '11-28T12:00', 400, '12-15T04:00'],
  ['in windows that overlap', [...NIGHTS, toWindow(['sat'], '20:00', '23:00')], '11-28T12:00', 4, '11-29T00:00'],
  ['in a zone ahead', [toWindow(['sun'], '01:00', '02:00', 'Asia/Tokyo')], '11-28T12:00', 1, '11-28T17:00'],
  ['in a zone behind', [toWindow(['fri'], '22:00', '23:00', 'America/New_York')], '11-28T03:30', 0.25, '11-28T03:45'],
  [
    'over a change of the clocks',
    [toWindow(EACH_DAY, '22:00', '06:00', 'Europe/Berlin')],
    '10-24T22:00',
    8,
    '10-25T22:00',
  ],
])('addOpenSeconds: %s', (_, windows, from, hours, end) => {
  expect(addOpenSeconds(windows, at(from), hours * HOUR)).toEqual(at(end));
});

it.each<[string, ScanWindow[], string, string, number]>([
  ['without windows', [], '11-28T12:00', '11-29T12:00', 0],
  ['inside one', NIGHTS, '11-28T23:00', '11-29T05:00', 0],
  ['over a day', NIGHTS, '11-28T23:00', '11-29T23:00', 16],
  ['over three weeks', NIGHTS, '11-01T12:00', '11-22T13:00', 21 * 16 + 1],
])('countClosedSeconds: %s', (_, windows, from, to, hours) => {
  expect(countClosedSeconds(windows, at(from), at(to))).toBe(hours * HOUR);
});
