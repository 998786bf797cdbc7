import { setFlagsFromString } from 'node:v8';
import { makeStringsFast } from './fast-strings';
import 'ioredis';

setFlagsFromString('--allow-natives-syntax');
const areFast = new Function('return %HasFastProperties(String.prototype)');

it('undoes what a class that extends String does to all strings', () => {
  expect(areFast()).toBe(false);
  makeStringsFast();
  expect(areFast()).toBe(true);
});
