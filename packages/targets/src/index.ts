export { findKeyRange, toAddressKey } from './address-key';
export { createTargetSet } from './create-target-set';
export { MAX_KEY_RANGES, toKeyRanges } from './key-ranges';
export { parseTargets } from './parse-targets';
export { DEFAULT_SCOPE, parseScope, type Scope } from './scope';
export { TargetError } from './target-error';
export { createTargetIndex, type TargetIndex } from './target-index';
export { appendTargets, type TargetSegment, toSegment } from './target-segment';
export type { TargetSet } from './target-set';
