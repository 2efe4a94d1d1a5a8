import { Agent, request } from 'node:http';
import { answerQuestions } from './process.ts';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly latenciesMs: readonly number[];
}

/** Asks the same again and again on each of a few kept connections, as soon as the answer is there. */
answerQuestions<Load, LoadResult>(async ({ url, headers, body, connections, seconds }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const one = async () => {
    while (performance.now() < endsAt) {
      const askedAt = performance.now();
      await post(agent, url, headers, body);
      latenciesMs.push(performance.now() - askedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const requestsPerSecond = latenciesMs.length / ((performance.now() - startedAt) / 1000);
  agent.destroy();
  return { requestsPerSecond, requests: latenciesMs.length, latenciesMs };
});

function post(agent: Agent, url: string, more: Load['headers'], body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...more };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the server answered ${response.statusCode}`));
      response.resume();
      response.once('end', resolve);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
