import type { ErrorEntry } from './error-kinds';

/**
 * The `reason` of a dead letter, and why one was not replayed. `illegal_transition` is a reason, too; it is in
 * `request-errors.ts`.
 */
export const MESSAGE_ERRORS = {
  bad_envelope: {
    kind: 'invalid',
    text: 'the envelope of updates is not valid',
    when: 'node_id, sent_time or updates is missing or wrong; no update of it is applied',
    todo: 'correct the program that sends it; `detail` shows the form',
  },
  bad_field: {
    kind: 'invalid',
    text: 'an update has a field that is not valid',
    when: 'a field is missing, has the wrong type or is out of its limits; the other updates of its envelope are applied',
    todo: 'correct the node that sends it; `detail` names the field',
  },
  bad_heartbeat: {
    kind: 'invalid',
    text: 'a heartbeat is not valid',
    when: 'a field is missing or wrong; the heartbeat does not count',
    todo: 'correct the node; `detail` names the field',
  },
  bad_job: {
    kind: 'invalid',
    text: 'a job is not valid and names no subtasks that could be reported',
    when: 'a node cannot read a message of its job queue',
    todo: 'find out who publishes to cs.jobs apart from the services; old nodes may need the present SDK',
  },
  foreign_node_id: {
    kind: 'forbidden',
    text: 'the RabbitMQ user of the sender may not speak as this node',
    when:
      'with `CHECK_NODE_USERS`, an envelope or a heartbeat has no `user_id`, or its `node_id` is neither the user’s name ' +
      'nor begins with it and a dot',
    todo:
      'correct the NODE_ID or the RabbitMQ user of the node; if no node of yours sent it, a client with the access of a ' +
      'node spoke as another',
  },
  handler_failed: {
    kind: 'unknown',
    text: 'handling the message failed with an unexpected error',
    when: 'a service has a bug, or MongoDB refuses the write; the handler ran three times',
    todo: 'read the log of the service, correct the cause, then replay the dead letter',
  },
  never_sent: {
    kind: 'invalid',
    text: 'a node reports a subtask that was never sent out',
    when: 'the node reports a subtask that no job named',
    todo: 'correct the node: it reports only what its jobs name',
  },
  no_lease: {
    kind: 'invalid',
    text: 'the update needs the lease_id of the attempt',
    when: 'a node sends an update without a lease_id, or an update reports work that no node has claimed',
    todo: 'correct the node: each attempt has one lease_id, in all its updates',
  },
  not_allowed: {
    kind: 'forbidden',
    text: 'a node may not report this status',
    when: 'a node reports RETRYING or CANCELLED, which only services decide',
    todo: 'correct the node: it reports ASSIGNED, SCANNING, COMPLETED, FAILED or TIMEOUT',
  },
  not_a_service_update: {
    kind: 'forbidden',
    text: 'the sender does not fit the exchange',
    when: 'an envelope with `operator` came by the exchange of nodes, or one with `node_id` by the exchange of services',
    todo:
      'see the runbook of dead letters: a client with the access of a node called itself a service, or a service is ' +
      'too old',
  },
  not_json: {
    kind: 'invalid',
    text: 'the message is not valid JSON',
    when: 'it does not parse as JSON in UTF-8; it cannot be replayed',
    todo: 'correct the program that sends it, then discard the dead letter',
  },
  outside_target_set: {
    kind: 'invalid',
    text: 'the update names a subtask or an address that the task does not have',
    when: 'the subtask id belongs to another task, its index is beyond the targets, or `ip` is another address',
    todo: 'correct the node: it returns the ids and addresses of its job unchanged',
  },
  too_deep: {
    kind: 'invalid',
    text: 'the message is nested too deeply',
    when: 'objects and arrays are nested deeper than 64 levels',
    todo: 'correct the program that sends it',
  },
  too_large: {
    kind: 'invalid',
    text: 'the message is too large',
    when: 'a message on a queue, or one that is about to be published, is larger than 4 MiB',
    todo: 'send fewer updates in one envelope, or a smaller scan_result',
  },
  unknown_attempt: {
    kind: 'invalid',
    text: 'the update names an attempt that was never sent out',
    when: '`attempt` is higher than the present attempt of the subtask',
    todo: 'correct the node: it returns the attempt of its job unchanged',
  },
  unknown_form: {
    kind: 'invalid',
    text: 'the message is neither a dead letter nor one that RabbitMQ dead-lettered',
    when: 'another client published to cs.dead-letters',
    todo: 'find out who publishes there; the dead letter cannot be replayed',
  },
  unknown_task: {
    kind: 'invalid',
    text: 'the update names a task that does not exist',
    when: 'the task was deleted more than a day ago, or a node works for another deployment',
    todo: 'discard it if the task was deleted; otherwise check the RABBITMQ_URL of the node',
  },

  // RabbitMQ's own reasons, in the header x-death.
  delivery_limit: {
    kind: 'unknown',
    text: 'RabbitMQ gave up the message: it was delivered as often as the queue allows and never acknowledged',
    when: 'each consumer that had it died or lost its connection',
    todo: 'read the logs of the consumers of this queue, correct the cause, then replay it',
  },
  expired: {
    kind: 'unknown',
    text: 'RabbitMQ gave up the message: it waited longer than the queue allows',
    when: 'no one consumed it in time',
    todo: 'start the consumer of the queue, then replay it',
  },
  maxlen: {
    kind: 'unknown',
    text: 'RabbitMQ gave up the message: the queue was full',
    when: 'messages arrive faster than they are consumed',
    todo: 'start more consumers, then replay it',
  },
  rejected: {
    kind: 'unknown',
    text: 'RabbitMQ gave up the message: a consumer rejected it',
    when: 'a consumer that is not part of this project rejected it',
    todo: 'find out who consumes from this queue',
  },

  // Why a dead letter was not replayed or not discarded.
  already_replayed: {
    kind: 'conflict',
    text: 'the dead letter was replayed before',
    when: 'a filter without ids matches it',
    todo: 'name it by its id to replay it again',
  },
  bad_content: {
    kind: 'invalid',
    text: 'the content of the dead letter cannot be sent',
    when: 'it was changed in the database after it was kept',
    todo: 'discard it',
  },
  content_cut: {
    kind: 'invalid',
    text: 'only the beginning of the content was kept',
    when: 'the message was larger than DEAD_LETTER_MAX_BYTES',
    todo: 'discard it; the sender must send the message again',
  },
  discarded: {
    kind: 'conflict',
    text: 'the dead letter was discarded before',
    when: 'a replay or another discard names it',
    todo: 'do nothing',
  },
  no_origin: {
    kind: 'invalid',
    text: 'there is no queue that the dead letter could return to',
    when: 'it was a heartbeat, a control message, or came from a queue of a single process',
    todo: 'discard it',
  },
  not_found: {
    kind: 'missing',
    text: 'there is no dead letter with this id',
    when: 'the id is wrong, the dead letter has expired, or other parts of the filter exclude it',
    todo: 'list the dead letters and use an id from there',
  },
  not_replayable: {
    kind: 'invalid',
    text: 'the dead letter cannot be replayed',
    when: 'it was kept without a reason',
    todo: 'discard it',
  },
} as const satisfies Record<string, ErrorEntry>;
