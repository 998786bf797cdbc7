import { toDurationText } from './duration-text';

it.each([
  [-3, '0 s'],
  [0, '0 s'],
  [0.0081, '9 ms'],
  [0.44, '0.4 s'],
  [9.99, '10 s'],
  [12.4, '12 s'],
  [59.7, '1 min'],
  [200, '3 min 20 s'],
  [3_600, '1 h'],
  [3_605, '1 h'],
  [7_500, '2 h 5 min'],
  [90_061, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(toDurationText(seconds)).toBe(text);
});
