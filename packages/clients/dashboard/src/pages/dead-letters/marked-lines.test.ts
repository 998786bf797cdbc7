import { findFaultPaths, toMarkedLines } from './marked-lines';

const update = { status: 'DONE', scan_result: { open_ports: [22, 'x'] }, a: [], b: {} };
const mark = (detail: string) =>
  toMarkedLines(update, findFaultPaths(detail))
    .filter(({ isMarked }) => isMarked)
    .map(({ text }) => text.trim());

it('finds the fields that a detail names', () => {
  expect(findFaultPaths('scan_result.open_ports.1: must be a number; lease_id: is missing; and 3 more')).toEqual([
    'scan_result.open_ports.1',
    'lease_id',
  ]);
  expect(findFaultPaths('the task does not exist')).toEqual([]);
});

it('marks the field at fault, and of a missing one the object that should have it', () => {
  expect(mark('status: must be one of …; scan_result.open_ports.1: must be a number')).toEqual([
    '"status": "DONE",',
    '"x"',
  ]);
  expect(mark('scan_result.services: is missing')).toEqual(['"scan_result": {']);
  expect(mark('lease_id: is missing')).toEqual(['{']);
  expect(mark('updates.7.status: must be one of …')).toEqual(['"status": "DONE",']);
  expect(mark('no field')).toEqual([]);
});

it('writes the JSON that JSON.stringify writes, up to 2,000 lines', () => {
  const lines = toMarkedLines(update, []).map(({ text }) => text);
  expect(JSON.parse(lines.join('\n'))).toEqual(update);
  expect(toMarkedLines(Array(5_000).fill(0), [])).toHaveLength(2_000);
});
