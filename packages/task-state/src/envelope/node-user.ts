import { REPLAYED_USER, toSentence } from '@cyberstroll/contracts';

/** What RabbitMQ says of a message. */
export interface MessageUser {
  /** The RabbitMQ user that sent it: RabbitMQ refuses a message that names another. */
  userId?: string;
  headers: Record<string, unknown>;
}

/** Why a message may not speak as this node; undefined if it may. */
export type FindImpostor = (nodeId: string, message: MessageUser) => string | undefined;

/**
 * Whether a RabbitMQ user may speak as a node: under its own name, or under one that begins with its name and a dot. So
 * a user stands for one node, or for the nodes of a pool.
 */
const speaksFor = (user: string, nodeId: string): boolean => nodeId === user || nodeId.startsWith(`${user}.`);

/** `serviceUser` replays what others sent, and is believed who that was. */
export function createImpostorCheck(serviceUser: string | undefined): FindImpostor {
  const toUser = ({ userId, headers }: MessageUser): unknown =>
    userId !== undefined && userId === serviceUser ? headers[REPLAYED_USER] : userId;

  return (nodeId, message) => {
    const user = toUser(message);
    if (typeof user !== 'string') return toSentence('no_user', { node: nodeId });
    if (speaksFor(user, nodeId)) return undefined;
    return toSentence('other_user', { user, node: nodeId });
  };
}
