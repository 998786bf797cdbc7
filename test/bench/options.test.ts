import { parseOptions } from './options';

const partsOf = (...argv: string[]) => parseOptions(argv).parts;

it('leaves out the parts that take long, unless they are named', () => {
  expect(partsOf()).toContain('task');
  expect(partsOf()).not.toContain('growth');
  expect(partsOf('--parts', 'default,growth')).toEqual(expect.arrayContaining(['task', 'growth']));
  expect(partsOf('--profile')).toEqual(expect.arrayContaining(['task', 'profile']));
});

it('takes parts out of a group, in the order in which they run', () => {
  expect(partsOf('--parts', 'thin,task')).toEqual(['task', 'thin']);
  expect(partsOf('--parts', 'all,-growth')).not.toContain('growth');
  expect(parseOptions(['--peers', 'all,-river']).peers).toEqual(['bullmq', 'pg-boss', 'graphile-worker', 'asynq']);
});

it('adds the parts whose figures a part is compared with', () => {
  expect(partsOf('--parts', 'floor,peers')).toEqual(['task', 'floor', 'peers']);
});
