/** Why a task or a subtask waits. Those that hold another sentence come first. */
export const WAITING_SENTENCES = {
  counts_until: '{first:}; it counts until {until_time}',
  sent_again: '{first:}; it is sent again after {again_time} if it was lost',
  pool_is_full: '{first:} ({pool:})',

  rabbitmq_blocked: 'RabbitMQ has a memory or disk alarm and accepts no messages until the alarm ends',
  rabbitmq_down: 'the API has no connection to RabbitMQ: jobs and updates wait until it is back',
  not_queued: 'the dispatcher has not queued the task yet, {age_seconds} after its creation',
  other_work:
    'no node of pool "{pool}" takes {method} scans; {nodes#} {nodes|node|nodes} of the pool {nodes|takes|take} other work',
  pool_draining:
    '{nodes#} {nodes|node|nodes} of pool "{pool}" {nodes|is|are} draining, and no other node takes work of this pool',
  no_node: 'no node takes work of pool "{pool}"',
  the_node_silent: 'the node of pool "{pool}" is offline or silent; the last heartbeat came {silence_seconds} ago',
  all_nodes_silent:
    'all {nodes#} nodes of pool "{pool}" are offline or silent; the last heartbeat came {silence_seconds} ago',
  one_slot_taken: 'the one slot of pool "{pool}" is taken; {tasks#} {tasks|task shares|tasks share} it',
  slots_taken: 'all {slots#} slots of pool "{pool}" are taken; {tasks#} {tasks|task shares|tasks share} it',
  no_window_open: 'none of its windows is open: {when:}',
  frozen: 'frozen by {operator}, held since {since_time}: {reason?}',
  in_blackout: 'in a blackout by {operator}, held since {since_time}: {reason?}',
  paused: 'paused',
  paused_by: 'paused by {operator} since {since_time}: {reason?}',

  all_retries_open: 'the task stays open until all requested retries are applied',
  retries_open: 'the task stays open until the requested retries are applied',
  about_to_end: 'every subtask is closed; the end of the task will be written now',
  retry_being_sent: 'only {retries#} {retries|retry is|retries are} left; the next is being sent',
  retry_due: 'only {retries#} {retries|retry is|retries are} left; the next is due at {due_time}',
  targets_not_sent: 'the dispatcher has not sent {targets#} {targets|target|targets} to pool "{pool}" yet',
  targets_not_taken:
    '{targets#} {targets|target|targets} sent to the queue of pool "{pool}"; no node has taken them yet',

  being_cancelled: 'its task ended as {status@}; the subtask is being cancelled',
  task_paused: 'its task is {paused:}',
  holder_silent:
    'node {node} holds the subtask and sent its last heartbeat {silence_seconds} ago; the subtask will be reassigned',
  holder_unheard: 'node {node} holds the subtask and never sent a heartbeat; the subtask will be reassigned',
  claimed: 'node {node} has held the subtask and has not started the scan',
  claimed_for: 'node {node} has held the subtask for {age_seconds} and has not started the scan',
  not_taken: 'sent to the queue of pool "{pool}"; no node has taken it yet',
  not_sent: 'the dispatcher has not sent it to pool "{pool}" yet',
  its_retry_due: 'its retry is due at {due_time}',
  its_retry_due_after: 'its retry after {error_code} is due at {due_time}',
  its_retry_next: 'its retry is due and will be sent as soon as the queue has room',
  its_retry_next_after: 'its retry after {error_code} is due and will be sent as soon as the queue has room',
  its_retry_sent: 'its retry was sent {age_seconds} ago; no node of pool "{pool}" has taken it yet',
  its_retry_sent_after:
    'its retry after {error_code} was sent {age_seconds} ago; no node of pool "{pool}" has taken it yet',

  prefix_full: '{limit:} allows {most#} at once in each prefix, and as many are sent out in {prefix}',
  limit_full: '{limit:} allows {most#} at once, and as many are sent out',
  limit_paced: '{limit:} allows {rate#} starts per second',
  limit_not_begun: '{limit:} allows {rate#} starts per second, and {waiting#} that were sent out have not started',
  own_limit: 'the limit of the task itself',
  limit_of_all: 'the limit of all tasks',
  limit_of: 'the limit of {covers}',
} as const;
