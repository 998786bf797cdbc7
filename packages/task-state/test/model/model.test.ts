import { type Decisions, REAL } from './decisions';
import { explore, type Model } from './explore';
import { SUBTASK_MUTANTS, TASK_MUTANTS } from './mutants';
import { createSubTaskModel } from './subtask-model';
import { createTaskModel } from './task-model';

interface Run {
  name: string;
  create: (decisions: Decisions) => Model;
}
const subTask = (failures: number, interventions: number): Run => ({
  name: `one subtask, ${failures} failures, ${interventions} interventions`,
  create: (decisions) => createSubTaskModel(decisions, { failures, interventions }),
});
const task = (commands: number, errorThreshold: number): Run => ({
  name: `one task, ${commands} commands, error_threshold ${errorThreshold}`,
  create: (decisions) => createTaskModel(decisions, { commands, errorThreshold }),
});

/** `npm run model` explores more, and prints the figures. */
const IS_LONG = process.env['MODEL'] === 'long';
/** Seconds of CPU time, on a busy machine. */
const LIMIT_MS = 1_200_000;

const SHORT = [subTask(2, 0), subTask(1, 1), task(1, 3)];
const RUNS = IS_LONG ? [...SHORT, subTask(1, 2), subTask(2, 1), subTask(3, 0), task(1, 1)] : SHORT;

it.each(RUNS)(
  '$name: every state keeps the invariants, and can reach an end',
  ({ name, create }) => {
    const before = process.cpuUsage();
    const { states, steps, fault } = explore(create(REAL));
    expect(fault).toBeUndefined();
    expect(states).toBeGreaterThan(100_000);
    if (!IS_LONG) return;
    const { user, system } = process.cpuUsage(before);
    const figures = [`${states} states`, `${steps} steps`, `${((user + system) / 1e6).toFixed(1)} s`];
    process.stdout.write(`${name}: ${figures.join(', ')}, ${Math.round(process.memoryUsage().rss / 1e6)} MB\n`);
  },
  LIMIT_MS,
);

/** What is wrong, after how many steps, and the last of them. */
type Violation = [fault: string, steps: number, last: string];

function findViolation({ create }: Run, mutant: Partial<Decisions>): Violation | undefined {
  const { fault } = explore(create({ ...REAL, ...mutant }));
  return fault && [fault.text, fault.trace.length, fault.trace.at(-1)!];
}

const OF_SUBTASK: Record<keyof typeof SUBTASK_MUTANTS, [Run, Violation]> = {
  'no check of the lease': [subTask(2, 0), ['I7: applied under another lease', 4, 'forged start, attempt 1, arrives']],
  'no check of the attempt': [
    subTask(2, 0),
    ['I7: applied to another attempt than its own', 2, 'forged claim, attempt 2, arrives'],
  ],
  'a late result of an older attempt counts': [
    subTask(2, 0),
    ['I7: applied to another attempt than its own', 5, 'forged result, attempt 1, arrives'],
  ],
  'a closed subtask may change': [subTask(2, 0), ['I3: COMPLETED became COMPLETED', 5, 'result by A 1 arrives']],
  'the end of the task does not fence': [
    subTask(0, 2),
    ['I12: begun after the end of its task', 3, 'forged claim, attempt 1, arrives'],
  ],
  'a duplicate counts again': [subTask(2, 0), ['I2: assigned_count is not the recount', 4, 'claim by A 1 arrives']],
  'more retries than allowed': [
    subTask(2, 0),
    ['more retries than max_retries', 5, 'forged failure, attempt 2, arrives'],
  ],
  'a lost node costs a retry': [subTask(2, 0), ['I16: a loss cost a retry', 4, 'giving up by A 1 arrives']],
  'a report of what was never sent counts': [
    subTask(2, 0),
    ['I7: a report of what was never sent', 1, 'forged claim, attempt 1, arrives'],
  ],
  'a late report of a node is an error': [
    subTask(2, 0),
    ['I14: a dead letter by an honest node', 5, 'claim by B 1 arrives'],
  ],
  'a retry keeps the lease': [subTask(2, 0), ['I11: RETRYING, and nobody looks after it', 5, 'failure by A 1 arrives']],
  'a claim has no deadline': [subTask(2, 0), ['I11: ASSIGNED, and nobody looks after it', 3, 'claim by A 1 arrives']],
  'a retry cannot be claimed': [subTask(1, 0), ['no end can be reached', 3, 'A publishes the failure of attempt 1']],
};
it.each(Object.entries(SUBTASK_MUTANTS))('finds what is wrong with one subtask if %s', (name, mutant) => {
  const [run, violation] = OF_SUBTASK[name as keyof typeof SUBTASK_MUTANTS];
  expect(findViolation(run, mutant)).toEqual(violation);
});

const OF_TASK: Record<keyof typeof TASK_MUTANTS, [Run, Violation]> = {
  'a roll-up writes what it decided before others wrote': [
    task(1, 3),
    ['I4: CANCELLED does not lead to RUNNING', 6, 'it writes RUNNING'],
  ],
  'the revision alone guards an end': [
    task(1, 3),
    ['I12: COMPLETED, and a subtask is open', 17, 'it writes COMPLETED'],
  ],
  'a task ends before its last subtask': [
    task(1, 3),
    ['I12: COMPLETED, and a subtask is open', 9, 'it writes COMPLETED'],
  ],
  'a task ends in spite of a retry on its way': [
    task(1, 3),
    ['COMPLETED, and a retry is on its way', 15, 'it writes COMPLETED'],
  ],
  'a retry of one subtask holds the end of an ended task alone': [
    task(1, 3),
    ['COMPLETED, and a retry is on its way', 15, 'it writes COMPLETED'],
  ],
  'any change of a subtask ends the hold': [
    task(1, 3),
    ['COMPLETED, and a retry is on its way', 15, 'it writes COMPLETED'],
  ],
  'a task ends in spite of a retry of all': [
    task(1, 3),
    ['COMPLETED, and a retry is on its way', 15, 'it writes COMPLETED'],
  ],
  'a task with a time-out never ends': [task(0, 3), ['no end can be reached', 4, 'a scan is overdue']],
  'the end of a hold calls for no roll-up': [task(1, 3), ['no end can be reached', 14, 'a roll-up reads']],
  'a running task is queued again': [task(1, 3), ['I4: RUNNING does not lead to QUEUED', 8, 'it writes QUEUED']],
  'a task is settled with open subtasks': [
    task(1, 3),
    ['open_in_ended_task: 1 subtasks are open of a task that was settled', 6, 'it is settled'],
  ],
  'the end of the task does not fence': [
    task(1, 3),
    ['I12: begun after the end of its task', 4, 'a node claims a subtask'],
  ],
  'a duplicate counts again': [task(1, 3), ['I2: scanning_count is not the recount', 5, 'a node starts a scan']],
};
it.each(Object.entries(TASK_MUTANTS))('finds what is wrong with one task if %s', (name, mutant) => {
  const [run, violation] = OF_TASK[name as keyof typeof TASK_MUTANTS];
  expect(findViolation(run, mutant)).toEqual(violation);
});
