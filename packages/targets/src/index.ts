export { type AddressValue, parseAddress } from './address';
export { findKeyRange, toAddressKey } from './address-key';
export { createTargetSet, readTargetSet, requireAtMost } from './create-target-set';
export { inspectTargets } from './inspect-targets';
export { formatMember } from './interval';
export { type KeyRange, MAX_KEY_RANGES, toKeyRanges } from './key-ranges';
export { toCanonicalEntry, toNetwork } from './network';
export { isTarget, parseTargets } from './parse-targets';
export { restorePermutation } from './permute-index';
export { createNetworkTest, toPrefix } from './prefix';
export { DEFAULT_SCOPE, parseScope, type Scope } from './scope';
export { finish, SLICE, type Slices } from './slices';
export { TargetError } from './target-error';
export {
  type AddressRange,
  type CommonMembers,
  createTargetIndex,
  type SegmentPermutation,
  type TargetIndex,
} from './target-index';
export { appendTargets, type TargetSegment, toSegment } from './target-segment';
export { TargetSet } from './target-set';
export { createTargetSubset } from './target-subset';
