import type { StackDescription } from './start-stack';

/** What a user needs to work with a running stack, as lines. */
export function renderStack(stack: StackDescription, stackFile: string): string {
  return [
    `API        ${stack.api_url}/api`,
    `WebSocket  ${stack.ws_url}/ws/tasks/{task_id}/progress`,
    `API key    ${stack.api_key}   (Authorization: Bearer <key>)`,
    'Health',
    ...stack.services.map(({ instance, health_url }) => `  ${instance.padEnd(20)} ${health_url}`),
    `All of it: ${stackFile}`,
  ].join('\n');
}
