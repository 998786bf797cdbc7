import { NODE_GONE_AFTER_MS, type Node, toDurationText } from '@cyberstroll/contracts';
import type { AlertLimits, AlertReading } from './alert-reading';

export type AlertNode = Pick<Node, 'node_id' | 'status' | 'last_seen' | 'said_goodbye'>;

/** How long a node has been silent, in seconds. One that went by its own word, or long ago, is missed by nobody: value 0. */
export function toNodeReading(node: AlertNode, limits: AlertLimits['nodeSilent'], now: Date): AlertReading {
  const silentMs = Math.max(0, now.getTime() - node.last_seen.getTime());
  return {
    rule: 'node_silent',
    subject: node.node_id,
    threshold: limits.afterMs / 1_000,
    // Silence is a time already.
    forMs: 0,
    ...judgeSilence(node, silentMs),
  };
}

function judgeSilence({ status, said_goodbye }: AlertNode, silentMs: number) {
  const silence = toDurationText(silentMs / 1_000);
  if (status === 'offline' && said_goodbye) return { value: 0, summary: 'the node went by its own word' };
  if (silentMs >= NODE_GONE_AFTER_MS) return { value: 0, summary: `not heard for ${silence}: taken for gone` };
  return { value: silentMs / 1_000, summary: `not heard for ${silence}` };
}
