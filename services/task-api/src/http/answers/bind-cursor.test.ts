import { bindCursor } from './bind-cursor';

it('a cursor continues the list that it was made for, and no other', () => {
  const list = bindCursor({ task_id: 'a', status: ['FAILED'], error_code: undefined });
  const { next_cursor } = list.write({ items: [1], next_cursor: '17' });
  expect(bindCursor({ task_id: 'a', status: ['FAILED'] }).read(next_cursor)).toBe('17');
  expect([list.read(undefined), list.write({ items: [] })]).toEqual([undefined, { items: [] }]);
  for (const other of [{ task_id: 'b', status: ['FAILED'] }, { task_id: 'a' }, { task_id: 'a', status: ['TIMEOUT'] }]) {
    expect(() => bindCursor(other).read(next_cursor)).toThrow('cursor: must be a next_cursor of this list');
  }
});
