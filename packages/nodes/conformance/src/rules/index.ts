import type { Rule } from '../rule';
import { ALL_MESSAGES } from './all-messages';
import { CONTROL } from './control';
import { FAULTS } from './faults';
import { JOBS } from './jobs';
import { REGISTERING } from './registering';
import { STOPPING } from './stopping';

/** In the order in which they run: the node starts at the first, and has ended after `drain`. */
export const RULES: readonly Rule[] = [...REGISTERING, ...JOBS, ...CONTROL, ...FAULTS, ...STOPPING, ...ALL_MESSAGES];
