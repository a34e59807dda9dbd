// Reads captures with openai-node: jobs as lines of JSON on stdin, what came of each on stdout.
// node node_client.mjs URL

import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { VERSION } from 'openai/version';

const client = new OpenAI({ apiKey: 'none', baseURL: process.argv[2], maxRetries: 0, timeout: 1500, logLevel: 'off' });

// The leaves of a value by their paths, without those that are null.
function flat(value, path = '') {
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || (Array.isArray(value) && !value.length)) return { [path]: value };
  return Object.assign({}, ...Object.entries(value).map(([key, one]) => flat(one, path ? `${path}.${key}` : key)));
}

// As the README of the client shows it.
async function rawChat(request, options) {
  const read = { chunks: 0, '0.content': '' };
  const written = [];
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true }, options)) {
    read.chunks += 1;
    try {
      const piece = chunk.choices[0]?.delta?.content || '';
      read['0.content'] += piece;
      written.push(Buffer.from(String(piece)));
      if (chunk.choices[0]?.finish_reason) read['0.finish_reason'] = chunk.choices[0].finish_reason;
      Object.assign(read, flat({ usage: chunk.usage }));
    } catch (error) {
      read.reader ??= `${error.constructor.name}: ${error.message}`;
    }
  }
  read['0.written'] = Buffer.concat(written).toString(); // each piece as it came
  return read;
}

async function rawCompletion(request, options) {
  const read = { chunks: 0 };
  const written = {};
  for await (const chunk of await client.completions.create({ ...request, stream: true }, options)) {
    read.chunks += 1;
    try {
      for (const choice of chunk.choices) {
        const at = `${choice.index}.`;
        read[`${at}text`] = (read[`${at}text`] ?? '') + choice.text;
        (written[`${at}written`] ??= []).push(Buffer.from(String(choice.text)));
        if (choice.finish_reason) read[`${at}finish_reason`] = choice.finish_reason;
        if (choice.logprobs) Object.assign(read, flat(choice.logprobs.tokens, `${at}tokens`));
      }
      Object.assign(read, flat({ usage: chunk.usage }));
    } catch (error) {
      read.reader ??= `${error.constructor.name}: ${error.message}`;
    }
  }
  for (const [path, pieces] of Object.entries(written)) read[path] = Buffer.concat(pieces).toString();
  return read;
}

async function helper(request, options) {
  const { choices, ...rest } = await client.chat.completions.stream(request, options).finalChatCompletion();
  return flat({ ...rest, ...choices.map(({ message, ...choice }) => ({ ...message, ...choice })) });
}

async function run(line) {
  const job = JSON.parse(line);
  const way = job.protocol === 'text.completion' ? rawCompletion : job.way === 'raw' ? rawChat : helper;
  let outcome;
  try {
    const limit = new Promise((_, reject) => setTimeout(reject, 6000, new Error('nothing came of it within 6 s')).unref());
    outcome = await Promise.race([way(job.request, { headers: job.headers }), limit]);
  } catch (error) {
    outcome = { raises: `${error.constructor.name}: ${error.message}` };
  }
  return JSON.stringify({ ...job, request: null, outcome });
}

console.log(VERSION);
const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const worker = async () => {
  for (let line = lines.shift(); line; line = lines.shift()) console.log(await run(line));
};
await Promise.all([worker(), worker(), worker(), worker()]);
