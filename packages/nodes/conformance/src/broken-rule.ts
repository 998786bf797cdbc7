/** The node does not do what the rule says. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

/** The rule cannot be checked with this node, or the node makes use of a freedom that the contract gives it. */
export class SkippedRule extends Error {
  override readonly name = 'SkippedRule';
}

/** Throws a BrokenRule unless `fact` holds. */
export function check(fact: unknown, otherwise: string): asserts fact {
  if (!fact) throw new BrokenRule(otherwise);
}
