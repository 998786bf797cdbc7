export { createTargetSet } from './create-target-set';
export type { Interval } from './interval';
export { parseTargets } from './parse-targets';
export { createPermutation, type Permutation, permuteIndex, unpermuteIndex } from './permute-index';
export { DEFAULT_SCOPE, parseScope, type Scope } from './scope';
export { TargetError, type TargetErrorReason, type TargetList } from './target-error';
export { createTargetIndex, type TargetIndex } from './target-index';
export { appendTargets, MAX_TARGETS, type TargetOrder, type TargetSegment, toSegment } from './target-segment';
export type { TargetSet } from './target-set';
