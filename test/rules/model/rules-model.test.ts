import { type Exploration, explore } from '../../../packages/task-state/test/model/explore';
import { type Decisions, MUTANTS, REAL } from './decisions';
import { createRulesModel, type RuleKind } from './rules-model';

/** `npm run model` explores more, and prints the figures. */
const IS_LONG = process.env['MODEL'] === 'long';
/** Seconds of CPU time, on a busy machine. */
const LIMIT_MS = 1_200_000;

type Run = [kind: RuleKind, failures: number, rules: number];
const SHORT: Run[] = [
  ['pause', 0, 1],
  ['freeze', 0, 1],
  ['blackout', 0, 1],
  ['window', 0, 1],
];
const LONG: Run[] = [
  ...SHORT,
  ['freeze', 0, 2],
  ['pause', 1, 1],
  ['freeze', 1, 1],
  ['blackout', 1, 1],
  ['window', 1, 1],
];

const exploreRun = ([kind, failures, rules]: Run, mutant: Partial<Decisions> = {}): Exploration =>
  explore(createRulesModel(kind, { ...REAL, ...mutant }, { failures, rules }));

it.each(IS_LONG ? LONG : SHORT)(
  '%s, %d failures, %d times: nothing begins 2 s after it, and after it everything is sent',
  (...run) => {
    const before = process.cpuUsage();
    const { states, steps, fault } = exploreRun(run);
    expect(fault).toBeUndefined();
    expect(states).toBeGreaterThan(10_000);
    if (!IS_LONG) return;
    const { user, system } = process.cpuUsage(before);
    const seconds = ((user + system) / 1e6).toFixed(1);
    process.stdout.write(`${run.join(', ')}: ${states} states, ${steps} steps, ${seconds} s\n`);
  },
  LIMIT_MS,
);

/** Where each is found: what is wrong, after how many steps, and the last of them. */
const FOUND: Record<keyof typeof MUTANTS, [Run, fault: string, steps: number, last: string]> = {
  'a node begins scans however old its last repeated is': [
    ['freeze', 0, 1],
    'I17: begun 2 s after the rule',
    8,
    'the node begins it',
  ],
  'a fresh node begins scans before its first repeated': [
    ['freeze', 1, 1],
    'I17: begun 2 s after the rule',
    9,
    'the node begins it',
  ],
  'a node that was cut off begins scans after any repeated': [
    ['freeze', 1, 1],
    'I17: begun 2 s after the rule',
    16,
    'the node begins it',
  ],
  'a node does not look at not_after': [['window', 0, 1], 'I17: begun 2 s after the rule', 17, 'the node begins it'],
  'repeated has a time after the rules were read': [
    ['freeze', 0, 1],
    'I17: begun 2 s after the rule',
    12,
    'the node begins it',
  ],
  'repeated goes out before the pauses': [['freeze', 0, 1], 'I17: begun 2 s after the rule', 12, 'the node begins it'],
  'the sender does not ask the gate': [['window', 0, 1], 'I17: begun 2 s after the rule', 17, 'the node begins it'],
  'what expired is not recalled': [['window', 0, 1], 'no end can be reached', 6, 'a second passes'],
};
const COSTLY = 'a node that was cut off begins scans after any repeated';
it.each(Object.entries(MUTANTS).filter(([name]) => IS_LONG || name !== COSTLY))(
  'finds what is wrong if %s',
  (name, mutant) => {
    const [run, ...found] = FOUND[name as keyof typeof MUTANTS];
    const { fault } = exploreRun(run, mutant);
    expect([fault?.text, fault?.trace.length, fault?.trace.at(-1)]).toEqual(found);
  },
  LIMIT_MS,
);
