/** What is wrong with a message: the detail of a dead letter. */
export const DEAD_LETTER_SENTENCES = {
  other_address: 'ip: {ip} is not the address of {subtask_id}, {right}',
  not_a_nodes_status: 'status: a node cannot report {status@}',
  attempt_required: 'required: the attempt of the job, unchanged',
  lease_required:
    'required: a random id (a UUID) that the node makes when it claims the subtask, the same in every update of the ' +
    'attempt',
  never_sent_out: 'subtask_id: {subtask_id} was never sent out; a node reports only what a job named to it',
  attempt_never_sent: 'attempt: {attempt#} was never sent out, the present one is {present#}',
  held_by_no_node: 'lease_id: no node holds the attempt, so it cannot be {status@}',
  no_way: 'status: {from@} does not lead to {to@}',
  other_task: 'subtask_id: {subtask_id} is not a subtask of {task_id}',
  no_such_task: 'task_id: there is no task {task_id}',
  beyond_targets: "subtask_id: index {index#} is outside the task's {targets#} targets",
  nested_too_deep: 'nested deeper than {levels#} levels',
  envelope_shape: 'an envelope is {example}',
  services_only: 'node_id: only services publish here; the exchange is "{exchange}"',
  not_for_nodes: 'operator: only for services; the exchange is "{exchange}"',
  no_user: 'node_id: {node} needs a user_id: the RabbitMQ user of a node',
  other_user: 'node_id: the RabbitMQ user {user} speaks as {user} or {user}.<name>, not as {node}',
  too_many_bytes: '{bytes#} bytes of at most {limit#}',
  hostile_name: 'a field must not have this name',
} as const;
