import type { ScanErrorCode } from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

/** What a code of a failed scan means, and the way out. */
export const SCAN_ERROR_WORDS = {
  SUBTASK_TIMEOUT: [
    'The scan took longer than subtask_timeout. Scan fewer ports, or allow more time.',
    '扫描时间超过 subtask_timeout。请减少端口，或放宽时限。',
  ],
  NETWORK_UNREACHABLE: [
    'The node has no route to the address. Check its network, or use a pool that reaches it.',
    '节点没有到该地址的路由。请检查其网络，或使用能到达的节点池。',
  ],
  RESOURCE_EXHAUSTED: [
    'The node ran out of sockets or memory. Lower its CAPACITY, or raise its limits.',
    '节点的套接字或内存已耗尽。请降低其 CAPACITY，或提高其资源上限。',
  ],
  SCANNER_CRASHED: [
    'The scan program ended abnormally. See the log of the node; then retry.',
    '扫描程序异常退出。请查看该节点的日志，然后重试。',
  ],
  INTERNAL_ERROR: [
    'A bug in the node. See its log, and report it to its author.',
    '节点程序的缺陷。请查看其日志，并报告给节点的作者。',
  ],
  NODE_LOST: [
    'The node was lost while it held the address. It is scanned again by another one, at no cost.',
    '持有该地址的节点失联。由其他节点重新扫描，不计入重试次数。',
  ],
  NODE_DRAINING: [
    'The node stopped, and handed the address back. It is scanned again by another one.',
    '节点停止运行并交还了该地址。由其他节点重新扫描。',
  ],
  TASK_HELD: [
    'A freeze or a window aborted the scan, or did not let it begin. It is scanned again when the task is no longer held, at no cost.',
    '冻结或扫描时段中止了扫描，或使其无法开始。任务不再受限后重新扫描，不计入重试次数。',
  ],
  METHOD_UNSUPPORTED: [
    'The node does not scan by the method of the task. Add a node with this method to the pool.',
    '节点不支持该任务的扫描方式。请在该节点池中增加支持它的节点。',
  ],
  NODE_LOST_LIMIT: [
    'Too many nodes were lost with this address. Find out why nodes end before you retry.',
    '持有该地址时失联的节点过多。请先查明节点退出的原因再重试。',
  ],
  OUT_OF_SCOPE: [
    'The node may not scan this address. Extend its SCAN_SCOPE, or use another pool.',
    '该节点不得扫描此地址。请扩大其 SCAN_SCOPE，或使用其他节点池。',
  ],
  SCANNER_MISSING: [
    'The scan program, such as nmap, is not installed on the node. Install it, or choose the method connect; a retry alone does not help.',
    '节点上未安装扫描程序（如 nmap）。请安装，或改用 connect 方式；仅重试没有用。',
  ],
  INVALID_JOB: [
    'The node does not understand the job. Update the node; a retry alone does not help.',
    '节点无法理解该作业。请升级节点；仅重试没有用。',
  ],
  PERMISSION_DENIED: [
    'The node lacks a right that the scan needs. Grant it to its process; a retry alone does not help.',
    '节点缺少扫描所需的权限。请为其进程授权；仅重试没有用。',
  ],
} as const satisfies Record<ScanErrorCode, InBoth>;
