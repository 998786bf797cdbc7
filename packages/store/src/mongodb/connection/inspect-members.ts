/**
 * What every member of a replica set, or every mongos, reports about itself. The driver asks each one that it knows,
 * and needs no credentials for that. Leases and writers' sessions use the clock of the member that answers.
 */
import { type Diagnosis, fail, ok, orOk, warn } from '@cyberstroll/runtime';
import type { mongo } from 'mongoose';

/** The fields of the reply to `hello` that are looked at. */
export interface Hello {
  setName?: string;
  msg?: string;
  /** Members with data that may become primary, those that may not, and members without data. */
  hosts?: string[];
  passives?: string[];
  arbiters?: string[];
  isWritablePrimary?: boolean;
  localTime?: Date;
}

export interface Member {
  /** host:port */
  address: string;
  /** The times are from this machine's clock, in milliseconds since 1970. Absent if the member did not answer. */
  reply?: { hello: Hello; askedMs: number; answeredMs: number };
  error?: string;
}

const WARN_MS = 1_000;
/** Half the duration of a writer session's lease, and less than half of a leader's. */
const FAIL_MS = 2_500;

export const isMongos = ({ msg }: Hello): boolean => msg === 'isdbgrid';

/**
 * Every address that the driver asks: for a replica set the ones that its primary names, otherwise the ones of the
 * URI.
 */
export function toAddresses({ hosts = [], passives = [], arbiters = [] }: Hello, client: mongo.MongoClient): string[] {
  const { options } = client;
  const ofSet = [...hosts, ...passives, ...arbiters];
  return ofSet.length === 0 || options.directConnection ? options.hosts.map(String) : ofSet;
}

/** Waits until each of them has answered or failed to answer, at most `ms`. */
export async function hearMembers(
  client: mongo.MongoClient,
  addresses: readonly string[],
  ms: number,
): Promise<Member[]> {
  const heard = new Map<string, Member>();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms);
    function end() {
      clearTimeout(timer);
      client.off('serverHeartbeatSucceeded', noteReply).off('serverHeartbeatFailed', noteFailure);
      resolve();
    }
    function note(member: Member) {
      heard.set(member.address, member);
      if (addresses.every((address) => heard.has(address))) end();
    }
    function noteReply({ connectionId: address, duration, reply }: mongo.ServerHeartbeatSucceededEvent) {
      const answeredMs = Date.now();
      const hello: Hello = reply;
      note({ address, reply: { hello, askedMs: answeredMs - duration, answeredMs } });
    }
    function noteFailure({ connectionId: address, failure }: mongo.ServerHeartbeatFailedEvent) {
      note({ address, error: failure.message });
    }
    client.on('serverHeartbeatSucceeded', noteReply).on('serverHeartbeatFailed', noteFailure);
  });
  return addresses.map((address) => heard.get(address) ?? { address, error: `no answer within ${ms} ms` });
}

/** The members that cannot be reached from here. */
export function diagnoseReach(members: readonly Member[]): Diagnosis[] {
  const check = 'mongodb members';
  const silent = members.filter(({ reply }) => !reply);
  const faults = silent.map(({ address, error }) =>
    warn(check, `${address} cannot be reached from here: ${error}`, 'start it, or open the network to it'),
  );
  return orOk(faults, check, `${members.length} of ${members.length} answer`);
}

/** The least that their clocks can differ. */
export function diagnoseClocks(members: readonly Member[]): Diagnosis {
  const check = 'mongodb clocks';
  // A member read its clock at some moment between question and answer.
  const offsets = members.flatMap(({ address, reply }) => {
    const theirsMs = reply?.hello.localTime?.getTime();
    if (!reply || theirsMs === undefined) return [];
    return [{ address, leastMs: theirsMs - reply.answeredMs, mostMs: theirsMs - reply.askedMs }];
  });
  const [first, ...others] = offsets;
  if (!first) return warn(check, 'none could be read', 'look where the members can be reached');
  const latest = others.reduce((one, other) => (other.leastMs > one.leastMs ? other : one), first);
  const earliest = others.reduce((one, other) => (other.mostMs < one.mostMs ? other : one), first);
  const apartMs = Math.max(0, Math.round(latest.leastMs - earliest.mostMs));
  if (apartMs <= WARN_MS) return ok(check, `compared: ${offsets.length}, ${apartMs} ms apart`);
  const found = `${latest.address} is ${apartMs} ms ahead of ${earliest.address}`;
  const remedy =
    'set them by NTP: who leads a sweep, and whose transaction is given up, goes by the clock of any of them';
  return apartMs > FAIL_MS ? fail(check, found, remedy) : warn(check, found, remedy);
}

/** Whether the set survives the loss of a member. `hello` is the reply of its primary. */
export function diagnoseSet(check: string, hello: Hello, { isShard = false } = {}): Diagnosis {
  const { setName, hosts = [], passives = [], arbiters = [] } = hello;
  const count = Math.max(1, hosts.length + passives.length);
  const found = `${setName}, members: ${count}${arbiters.length > 0 ? `, arbiters: ${arbiters.length}` : ''}`;
  if (arbiters.length > 0) {
    const instead = 'replace each arbiter by a member with data:';
    return isShard
      ? fail(check, found, `${instead} a transaction over several shards aborts where one of them has an arbiter`)
      : warn(check, found, `${instead} without a majority of members with data nothing can be written`);
  }
  if (count > 2) return ok(check, found);
  return warn(check, found, 'three members: with fewer, the loss of one stops or loses everything');
}
