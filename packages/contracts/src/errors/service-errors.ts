import type { ErrorEntry } from './error-kinds';

/** What stands in logs: errors of start-up, of backing services, and of work that is tried again. */
export const SERVICE_ERRORS = {
  bad_configuration: {
    kind: 'fatal',
    text: 'the configuration is not valid',
    when: 'at start-up, with every invalid variable; the process exits with 1',
    todo: 'correct the variables that the error names; docs/configuration.md has their limits',
  },
  bad_option: {
    kind: 'invalid',
    text: 'an option is not valid',
    when:
      'createScannerNode, or createTask or cleanupExpiredTasks of the store, gets an option that is unknown or out of ' +
      'its limits, or lacks one',
    todo: 'correct the option that the error names; ScannerNodeOptions has the limits of a node',
  },
  bad_url: {
    kind: 'fatal',
    text: 'the URL of RabbitMQ is not valid',
    when: 'a broker or a scanner node is created with it',
    todo: 'write amqp://user:password@host1:5672,host2:5672/vhost, or amqps:// for TLS',
  },
  broker_blocked: {
    kind: 'transient',
    text: 'RabbitMQ blocks publishers',
    when: 'RabbitMQ has a memory or disk alarm; messages wait in the outbox',
    todo: 'free memory or disk of RabbitMQ; the service continues when the alarm ends',
  },
  broker_slow: {
    kind: 'transient',
    text: 'RabbitMQ did not answer in time',
    when: 'a confirm or the depth of a queue did not arrive within the limit',
    todo: 'look at the load and the disks of RabbitMQ; the work is tried again',
  },
  broker_unavailable: {
    kind: 'transient',
    text: 'RabbitMQ is unavailable',
    when: 'there is no connection, or it closed during a call; the service connects again',
    todo: 'check that RabbitMQ runs and RABBITMQ_URL reaches it',
  },
  cursor_moved: {
    kind: 'conflict',
    text: 'another dispatcher moved the cursor of the task',
    when: 'two dispatchers worked on one task for a moment; one of them stops',
    todo: 'do nothing; if it repeats, check the clocks of the dispatchers',
  },
  dead_letter_not_kept: {
    kind: 'transient',
    text: 'the dead letter could not be written to MongoDB',
    when: 'MongoDB is unavailable; the message stays in its queue',
    todo: 'check MongoDB; the retry-scheduler tries again',
  },
  handling_stalled: {
    kind: 'transient',
    text: 'messages of a queue cannot be handled',
    when: 'the handling of a message has failed again and again for a minute; the service is not ready',
    todo: 'look at the dependency that the error names; the messages stay in their queue',
  },
  internal_error: {
    kind: 'unknown',
    text: 'unexpected error in the service',
    when: 'a service has a bug',
    todo: 'search the log for the request_id, and report the bug',
  },
  lease_ended: {
    kind: 'conflict',
    text: 'the lease of the task ended before its chunks were sent',
    when: 'a dispatcher was too slow; the next one continues from the ledger',
    todo: 'do nothing; if it repeats, look at the latency of MongoDB and RabbitMQ',
  },
  mongodb_unavailable: {
    kind: 'transient',
    text: 'MongoDB is unavailable',
    when: 'no primary answers, or it answers with an error that may pass; the work is tried again',
    todo: 'check that MongoDB runs and MONGODB_URI reaches it',
  },
  mongodb_unsupported: {
    kind: 'fatal',
    text: 'this server is not MongoDB, or breaks what MongoDB promises',
    when: 'at start-up, with what the server does wrong; the process exits with 1',
    todo: 'use MongoDB 7 or 8, as a replica set or a sharded cluster; docs/operations.md names what is not supported',
  },
  node_stopped: {
    kind: 'conflict',
    text: 'the scanner node was stopped',
    when: 'the start of a node of the SDK is called or still waits after its stop',
    todo: 'create another node to start again',
  },
  node_superseded: {
    kind: 'fatal',
    text: 'another process runs with the same node id and was there first',
    when: 'two processes have the same node id; the later one stops',
    todo: 'give each node a node id of its own',
  },
  not_assignable: {
    kind: 'conflict',
    text: 'the subtask cannot be assigned',
    when: 'another node holds it, or it is closed',
    todo: 'choose a subtask that is PENDING or RETRYING',
  },
  outbox_full: {
    kind: 'overloaded',
    text: 'too many messages wait for RabbitMQ',
    when: 'RabbitMQ confirms more slowly than messages are published, up to the limit of messages or bytes',
    todo: 'see the runbook outbox_full; callers try again',
  },
  publisher_stopped: {
    kind: 'transient',
    text: 'the publisher stopped before RabbitMQ confirmed the message',
    when: 'the service is stopping',
    todo: 'do nothing; the message that caused it is delivered again',
  },
  redis_unavailable: {
    kind: 'transient',
    text: 'Redis is unavailable',
    when: 'there is no connection, or Redis refuses the command; progress frames arrive later',
    todo: 'check that Redis runs and REDIS_URL reaches it',
  },
  unknown_queue: {
    kind: 'missing',
    text: 'there is no such queue',
    when: 'the depth of a queue is asked for before a service has declared it',
    todo: 'start the services; they declare the queues',
  },
  unroutable: {
    kind: 'transient',
    text: 'no queue takes the message',
    when: 'a queue or binding was deleted and could not be declared again',
    todo: 'check the permissions of the RabbitMQ user, then run the doctor',
  },
  verdicts_missing: {
    kind: 'unknown',
    text: 'the handler of a batch did not decide about every message',
    when: 'a service has a bug; the messages are tried again, then become dead letters',
    todo: 'report the bug',
  },
} as const satisfies Record<string, ErrorEntry>;
