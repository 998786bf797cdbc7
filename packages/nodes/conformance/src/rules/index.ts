import { NODE_RULES, type NodeRule } from '@cyberstroll/contracts';
import type { Rule } from '../rule';
import { ALL_MESSAGES } from './all-messages';
import { CONTROL } from './control';
import { FAULTS } from './faults';
import { JOBS } from './jobs';
import { OVER_JOBS } from './over-jobs';
import { REGISTERING } from './registering';
import { STOPPING } from './stopping';

const ALL: Record<NodeRule, Rule> = {
  ...REGISTERING,
  ...JOBS,
  ...OVER_JOBS,
  ...CONTROL,
  ...FAULTS,
  ...STOPPING,
  ...ALL_MESSAGES,
};

export type NamedRule = Rule & { name: NodeRule };

/** In the order in which they run: the node starts at the first, and has ended after `drain`. */
export const RULES: readonly NamedRule[] = NODE_RULES.map((name) => ({ name, ...ALL[name] }));
