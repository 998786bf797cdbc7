/**
 * What a MongoDB client asks of the server: every command of the connections that mongoose has open in this process and
 * whose URI says `monitorCommands=true`. The rules look at what is asked, not at what the server makes of it, so they
 * hold for a replica set and a sharded cluster too, whichever server the tests have.
 */
import mongoose, { type mongo } from 'mongoose';

export interface RecordedCommand {
  /** As `find`, `update`, `commitTransaction`. */
  name: string;
  /** Empty for a command that names none. */
  collection: string;
  /** Every filter in it: one for a read, one per statement of a write, none for an insert. */
  filters: mongo.Document[];
  /** Names the transaction that it is part of. */
  transaction: string | undefined;
  command: mongo.Document;
  /** Size of the reply; undefined until it came, and where it is an error. */
  replyBytes: number | undefined;
}

/** `mongodbUri` for a client that can be recorded, and that finds the replica set's members as services do. */
export function toRecordableUri(mongodbUri: string): string {
  const [base, query = ''] = mongodbUri.split('?', 2);
  const options = new URLSearchParams(query);
  // With it the driver lets any member answer, since the caller has chosen one.
  options.delete('directConnection');
  options.set('monitorCommands', 'true');
  return `${base}?${options}`;
}

/** Records from now on. Clients that connect later are not recorded. */
export function recordCommands() {
  const clients = mongoose.connections
    .filter(({ readyState }) => readyState === mongoose.ConnectionStates.connected)
    .map((connection) => connection.getClient() as mongo.MongoClient)
    .filter(({ options }) => options.monitorCommands);
  const commands: RecordedCommand[] = [];
  const sent = new Map<string, RecordedCommand>();
  const keyOf = ({ address, connectionId, requestId }: mongo.CommandStartedEvent | mongo.CommandSucceededEvent) =>
    `${address} ${connectionId} ${requestId}`;

  function start(event: mongo.CommandStartedEvent): void {
    const recorded = toRecorded(event);
    commands.push(recorded);
    sent.set(keyOf(event), recorded);
  }
  function succeed(event: mongo.CommandSucceededEvent): void {
    const recorded = sent.get(keyOf(event));
    if (recorded) recorded.replyBytes = mongoose.mongo.BSON.calculateObjectSize(event.reply as mongo.Document);
  }
  for (const client of clients) client.on('commandStarted', start).on('commandSucceeded', succeed);
  return {
    /** In the order in which they were sent. */
    commands,
    stop(): void {
      for (const client of clients) client.off('commandStarted', start).off('commandSucceeded', succeed);
    },
  };
}

function toRecorded({ commandName: name, command }: mongo.CommandStartedEvent): RecordedCommand {
  const target = name === 'getMore' ? command['collection'] : command[name];
  const isTransaction = command['autocommit'] === false;
  return {
    name,
    collection: typeof target === 'string' ? target : '',
    filters: toFilters(name, command),
    transaction: isTransaction ? `${command['lsid'].id.toString('hex')}:${command['txnNumber']}` : undefined,
    command,
    replyBytes: undefined,
  };
}

function toFilters(name: string, command: mongo.Document): mongo.Document[] {
  const statements = (command['updates'] ?? command['deletes']) as { q: mongo.Document }[] | undefined;
  if (statements) return statements.map(({ q }) => q);
  if (name === 'aggregate') return [command['pipeline'][0]?.$match ?? {}];
  const filter = command['filter'] ?? command['query'];
  if (filter) return [filter];
  return name === 'find' || name === 'distinct' ? [{}] : [];
}
