import { type SendOutcome, toSmoothTasks } from './smooth-tasks';

const after = (before: string[], known: string[], outcomes: [string, SendOutcome][]) => [
  ...toSmoothTasks(new Set(before), { known, outcomes: new Map(outcomes) }),
];

it('takes a task for smooth once its chunks went out as planned', () => {
  expect(after([], ['a', 'b'], [['a', 'as planned']])).toEqual(['a']);
});

it.each<SendOutcome>(['not as planned', 'not ours'])('sends a task carefully after a pass that was %s', (outcome) => {
  expect(after(['a', 'b'], ['a', 'b'], [['a', outcome]])).toEqual(['b']);
});

it('remembers a smooth task over passes that plan nothing for it', () => {
  expect(after(['a'], ['a'], [])).toEqual(['a']);
});

it('forgets a task that can no longer be sent out', () => {
  expect(after(['a', 'b'], ['b'], [['a', 'as planned']])).toEqual(['b']);
});
