import { BoundedMap } from './bounded-map';

it('forgets the oldest entry when it holds more than its limit', () => {
  const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2).set('c', 3);
  expect([...map]).toEqual([
    ['b', 2],
    ['c', 3],
  ]);
});

it('counts an entry that is set again as the newest one, and an entry that is read as no newer', () => {
  const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2);
  map.get('b');
  map.set('a', 4).set('c', 3);
  expect([...map.keys()]).toEqual(['a', 'c']);
  expect(map.get('a')).toBe(4);
});

it('makes room when an entry is deleted or all are cleared', () => {
  const map = new BoundedMap<string, number>(2).set('a', 1).set('b', 2);
  expect([map.delete('a'), map.delete('a')]).toEqual([true, false]);
  expect([...map.set('c', 3).keys()]).toEqual(['b', 'c']);
  map.clear();
  expect([...map.set('d', 4).set('e', 5).keys()]).toEqual(['d', 'e']);
});

it('keeps the newest entries, whatever is set again and deleted between', () => {
  const map = new BoundedMap<number, number>(10);
  const newest: number[] = [];
  for (let n = 0; n < 1_000; n++) {
    const key = (n * n) % 37;
    const place = newest.indexOf(key);
    if (place >= 0) newest.splice(place, 1);
    if (n % 5 === 0) {
      map.delete(key);
    } else {
      map.set(key, n);
      newest.push(key);
      if (newest.length > 10) newest.shift();
    }
    expect([...map.keys()]).toEqual(newest);
  }
});

it('bounds the sum of the weights where entries are weighed', () => {
  const map = new BoundedMap<string, string>(5, (text) => text.length).set('a', 'xxx').set('b', 'xx');
  expect(map.size).toBe(2);
  expect([...map.set('c', 'x').keys()]).toEqual(['b', 'c']);
  expect([...map.set('b', 'xxxx').keys()]).toEqual(['c', 'b']);
});

it('keeps the newest entry, however much it weighs', () => {
  const map = new BoundedMap<string, string>(2, (text) => text.length).set('a', 'x').set('b', 'xxx');
  expect([...map.keys()]).toEqual(['b']);
});
