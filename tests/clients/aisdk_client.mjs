// Reads captures with the AI SDK over @ai-sdk/openai-compatible: jobs as lines of JSON on stdin, what came of each on
// stdout. node aisdk_client.mjs URL

import { readFileSync } from 'node:fs';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { jsonSchema, streamText, tool } from 'ai';

globalThis.AI_SDK_LOG_WARNINGS = false;
const { dependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url)));
const provider = createOpenAICompatible({ name: 'replay', baseURL: process.argv[2], apiKey: 'none', includeUsage: true });

// The request's own tools, or those that the stream calls.
function toolsOf(request) {
  const known = (request.tools ?? []).filter((one) => one.type === 'function').map((one) => one.function);
  return Object.fromEntries(
    known.map((one) => [one.name, tool({ inputSchema: jsonSchema(one.parameters ?? { type: 'object' }) })]),
  );
}

async function read(request, headers) {
  const read = { '0.content': '' };
  const calls = [];
  const stream = streamText({
    model: provider(request.model),
    messages: [{ role: 'user', content: 'Say' }],
    tools: toolsOf(request),
    headers,
    maxRetries: 0,
    timeout: 1500,
    onError() {},
  });
  for await (const part of stream.fullStream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') read['0.content'] += part.text;
    if (part.type === 'tool-call') {
      if (part.invalid) throw part.error ?? new Error('a call is invalid');
      calls.push(part);
    }
    if (part.type === 'finish') {
      read['0.finish_reason'] = part.finishReason.replace('-', '_');
      const { inputTokens, outputTokens, totalTokens } = part.totalUsage;
      Object.assign(read, { 'usage.prompt_tokens': inputTokens, 'usage.completion_tokens': outputTokens, 'usage.total_tokens': totalTokens });
    }
    if (part.type === 'abort') throw new Error('the stream was given up');
  }
  calls.forEach((call, place) => {
    read[`0.tool_calls.${place}.id`] = call.toolCallId;
    read[`0.tool_calls.${place}.function.name`] = call.toolName;
    read[`0.tool_calls.${place}.function.arguments`] = JSON.stringify(call.input);
  });
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

async function run(line) {
  const job = JSON.parse(line);
  let outcome;
  try {
    const limit = new Promise((_, reject) => setTimeout(reject, 6000, new Error('nothing came of it within 6 s')).unref());
    outcome = await Promise.race([read(job.request, job.headers), limit]);
  } catch (error) {
    outcome = { raises: `${error?.constructor?.name}: ${error?.message ?? JSON.stringify(error)}` };
  }
  return JSON.stringify({ ...job, request: null, outcome });
}

console.log(dependencies['@ai-sdk/openai-compatible']);
const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const worker = async () => {
  for (let line = lines.shift(); line; line = lines.shift()) console.log(await run(line));
};
await Promise.all([worker(), worker(), worker(), worker()]);
