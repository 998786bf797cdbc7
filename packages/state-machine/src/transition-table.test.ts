import { type AnyStateMachine, transition } from 'xstate';
import {
  impliedSubTaskTransitions,
  subTaskMachine,
  subTaskTable,
  type TransitionTable,
  taskMachine,
  taskTable,
} from './index';

const machines: [string, AnyStateMachine, TransitionTable<string, string>][] = [
  ['task', taskMachine, taskTable as TransitionTable<string, string>],
  ['subtask', subTaskMachine, subTaskTable as TransitionTable<string, string>],
];

describe.each(machines)('the %s table', (_name, machine, table) => {
  it('answers every (status, event) pair as xstate does', () => {
    for (const from of table.statuses) {
      for (const event of table.events) {
        const before = machine.resolveState({ value: from, context: {} });
        const [after] = transition(machine, before, { type: event });
        expect([from, event, table.next(from, event) ?? from]).toEqual([from, event, after.value]);
        expect([from, event, table.next(from, event) !== undefined]).toEqual([
          from,
          event,
          before.can({ type: event }),
        ]);
      }
    }
  });

  it('gives every legal event a target, so that a refused one cannot be mistaken for it', () => {
    for (const node of Object.values(machine.root.states)) {
      for (const arrow of [...node.transitions.values()].flat()) expect(arrow.target).toHaveLength(1);
    }
  });

  it('finds only ways that are legal step by step', () => {
    for (const from of table.statuses) {
      for (const to of table.statuses) {
        let at = from;
        for (const step of table.path(from, to) ?? []) {
          expect(table.allowedStatuses(at)).toContain(step);
          at = step;
        }
      }
    }
  });

  it('leaves a final status by no event', () => {
    for (const status of table.withTag('final')) expect(table.allowedEvents(status)).toEqual([]);
  });
});

const drawn = (table: TransitionTable<string, string>, extension: boolean) =>
  table.arrows
    .filter((arrow) => arrow.extension === extension)
    .map((arrow) => `${arrow.from}→${arrow.to}`)
    .sort();

it('draws the arrows of the contract for tasks, and marks the rest as extensions', () => {
  expect(drawn(taskTable as never, false)).toEqual(
    [
      'CREATED→QUEUED', 'QUEUED→RUNNING', 'RUNNING→COMPLETED', 'CREATED→CANCELLED', 'QUEUED→CANCELLED',
      'RUNNING→PAUSED', 'PAUSED→RUNNING', 'RUNNING→FAILED', 'RUNNING→TIMEOUT', 'PAUSED→FAILED', 'PAUSED→TIMEOUT',
    ].sort(),
  ); // biome-ignore format: a table
  expect(drawn(taskTable as never, true)).toEqual(
    [
      'RUNNING→CANCELLED', 'PAUSED→CANCELLED', 'QUEUED→FAILED',
      'COMPLETED→RUNNING', 'FAILED→RUNNING', 'TIMEOUT→RUNNING',
    ].sort(),
  ); // biome-ignore format: a table
});

it('draws the arrows of the contract for subtasks, and marks the rest as extensions', () => {
  expect(drawn(subTaskTable as never, false)).toEqual(
    [
      'PENDING→ASSIGNED', 'ASSIGNED→SCANNING', 'SCANNING→COMPLETED', 'PENDING→CANCELLED', 'ASSIGNED→FAILED',
      'SCANNING→FAILED', 'FAILED→RETRYING', 'RETRYING→SCANNING', 'SCANNING→TIMEOUT',
    ].sort(),
  ); // biome-ignore format: a table
  expect(drawn(subTaskTable as never, true)).toEqual(
    ['ASSIGNED→CANCELLED', 'SCANNING→CANCELLED', 'RETRYING→CANCELLED', 'ASSIGNED→TIMEOUT', 'TIMEOUT→RETRYING'].sort(),
  );
});

it('implies the steps that a report leaves out, within one attempt only', () => {
  expect(impliedSubTaskTransitions('PENDING', 'COMPLETED')).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
  expect(impliedSubTaskTransitions('PENDING', 'FAILED')).toEqual(['ASSIGNED', 'FAILED']);
  expect(impliedSubTaskTransitions('RETRYING', 'FAILED')).toEqual(['SCANNING', 'FAILED']);
  expect(impliedSubTaskTransitions('FAILED', 'COMPLETED')).toBeUndefined();
  expect(impliedSubTaskTransitions('COMPLETED', 'FAILED')).toBeUndefined();
});
