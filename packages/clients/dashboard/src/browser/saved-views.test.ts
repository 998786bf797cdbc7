import { ofList, readViews, toViewAddress, withView } from './saved-views';

it('what the browser keeps is read, and what is no view of the dashboard is left out', () => {
  const view = { name: 'mine', to: '/tasks?status=FAILED' };
  const strange = [
    null,
    7,
    { name: '', to: '/tasks' },
    { name: 'x', to: 'https://a.test' },
    { name: 'y', to: '//a.test' },
  ];
  expect(readViews(JSON.stringify([...strange, view]))).toEqual([view]);
  expect([readViews(undefined), readViews('{'), readViews('{}')]).toEqual([[], [], []]);
});

it('a view replaces the one of its list and name alone', () => {
  const first = withView([], { name: ' mine ', to: '/tasks?label=a' });
  const both = withView(first, { name: 'mine', to: '/results?port=22' });
  const changed = withView(both, { name: 'mine', to: '/tasks?label=b' });
  expect(ofList(changed, '/tasks')).toEqual([{ name: 'mine', to: '/tasks?label=b' }]);
  expect(ofList(changed, '/results')).toEqual([{ name: 'mine', to: '/results?port=22' }]);
});

it('a view has the filters and the order, not the page or the selection', () => {
  const query = new URLSearchParams('status=FAILED&sort=oldest&cursor=x&selected=all&operation=y');
  expect(toViewAddress('/tasks', query)).toBe('/tasks?status=FAILED&sort=oldest');
  expect(toViewAddress('/tasks', new URLSearchParams('cursor=x'))).toBe('/tasks');
});
